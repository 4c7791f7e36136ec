import type { CallResult } from '../result/call-result.js';
import type { EndedRecord } from '../result/ended-record.js';
import type { CallEvent } from './call-event.js';

/** The event that tells of a result. `at`: epoch milliseconds. */
export function resultEvent(result: CallResult, at = Date.now()): CallEvent {
  const { jobId, callId, workerId, lane, label } = result;
  return { jobId, callId, workerId, lane, label, at, type: 'result', result };
}

/** The event that tells of an ended record. `at`: epoch milliseconds. */
export function endedEvent(ended: EndedRecord, at = Date.now()): CallEvent {
  const { jobId, callId, workerId, lane, label } = ended;
  return { jobId, callId, workerId, lane, label, at, type: 'ended', ended };
}
