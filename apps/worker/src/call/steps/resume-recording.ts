import { notRecording } from './record.js';
import { FINISHED, type StepFunction } from './step.js';

export const resumeRecording: StepFunction<'resumeRecording'> = async (_step, { recordings }) =>
  recordings.resume() ? FINISHED : notRecording();
