import { z } from 'zod';

/** From now on all recordings of the call hold silence: for what must not be kept, such as the numbers of cards. */
export const pauseRecordingStepSchema = z.strictObject({ step: z.literal('pauseRecording') });
