import { z } from 'zod';

/** The recordings of the call hold again what is said. */
export const resumeRecordingStepSchema = z.strictObject({ step: z.literal('resumeRecording') });
