import type { CallResult } from '../result/call-result.js';
import type { EndedRecord } from '../result/ended-record.js';
import type { CallEvent } from './call-event.js';

/** The event that tells of a result. `at`: epoch milliseconds. */
export function resultEvent(result: CallResult, at = Date.now()): CallEvent {
  const { jobId, callId, workerId, lane, label, traceContext } = result;
  return { jobId, callId, workerId, lane, label, traceContext, at, type: 'result', result };
}

/** The event that tells of an ended record. `at`: epoch milliseconds. */
export function endedEvent(ended: EndedRecord, at = Date.now()): CallEvent {
  const { jobId, callId, workerId, lane, label, traceContext } = ended;
  return { jobId, callId, workerId, lane, label, traceContext, at, type: 'ended', ended };
}
