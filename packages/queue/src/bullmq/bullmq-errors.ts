import { ErrorCode } from 'bullmq';

/** BullMQ's errors about a record that is gone, or tied to other jobs, as no valid job is. */
const RECORD_CODES: readonly unknown[] = [
  ErrorCode.JobNotExist,
  ErrorCode.JobPendingChildren,
  ErrorCode.JobHasFailedChildren,
];

/** BullMQ's errors about a job whose lock ran out meanwhile, or that is in its lane more than once. */
const LOCK_CODES: readonly unknown[] = [
  ErrorCode.JobLockNotExist,
  ErrorCode.JobLockMismatch,
  ErrorCode.JobNotInState,
];

/** Whether the job belongs to another worker by now. */
export function isLockError(error: unknown): error is Error {
  return error instanceof Error && LOCK_CODES.includes((error as { code?: unknown }).code);
}

/** Whether BullMQ or one of its scripts failed over the content of a job's record, and not Redis or the connection. */
export function isRecordError(error: unknown): error is Error {
  if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) return true;
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError') return /^(?:ERR|WRONGTYPE) /.test(error.message);
  return RECORD_CODES.includes((error as { code?: unknown }).code);
}
