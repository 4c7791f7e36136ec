import { notRecording } from './record.js';
import { FINISHED, type StepFunction } from './step.js';

export const pauseRecording: StepFunction<'pauseRecording'> = async (_step, { recordings }) =>
  recordings.pause() ? FINISHED : notRecording();
