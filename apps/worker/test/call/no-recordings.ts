import { CallRecordings } from '../../src/call/call-recordings.js';

/** Recordings of a call for which no directory is configured, and that call's part of its leg. */
export function noRecordings() {
  const nothing = () => undefined;
  const options = { directory: null, jobId: 'job-1', workerId: 'worker-1' };
  return new CallRecordings({ ...options, onStarted: nothing, onEnded: nothing });
}

export const recordsNothing = async () => ({ problem: 'not here' });
