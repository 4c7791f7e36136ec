import { ErrorCode } from 'bullmq';

/** What BullMQ says of a record that is gone, or tied to others: no job of ours is. */
const RECORD_CODES: readonly unknown[] = [
  ErrorCode.JobNotExist,
  ErrorCode.JobPendingChildren,
  ErrorCode.JobHasFailedChildren,
];

/** What BullMQ says of a job whose lock ran out meanwhile, or that stands in its lane more than once. */
const LOCK_CODES: readonly unknown[] = [
  ErrorCode.JobLockNotExist,
  ErrorCode.JobLockMismatch,
  ErrorCode.JobNotInState,
];

/** Whether the job is somebody else's by now. */
export function isOfLock(error: unknown): error is Error {
  return error instanceof Error && LOCK_CODES.includes((error as { code?: unknown }).code);
}

/** Whether BullMQ, or a script of its, failed over what stands in a job's record: not Redis, nor the connection. */
export function isOfRecord(error: unknown): error is Error {
  if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) return true;
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError') return /^(?:ERR|WRONGTYPE) /.test(error.message);
  return RECORD_CODES.includes((error as { code?: unknown }).code);
}
