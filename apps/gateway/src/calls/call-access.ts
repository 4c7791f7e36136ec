import type { CallQueue, CallStatus } from '@outdial/client';
import { OutdialError } from '@outdial/contract';
import type { FastifyRequest } from 'fastify';
import { callerOf, isForLane } from '../http/authorize.js';

/** A call that the caller may know of. Throws `JOB_NOT_FOUND`, also for one of a lane that its key is not for. */
export async function findCall(queue: CallQueue, request: FastifyRequest, id: string): Promise<CallStatus> {
  const call = await queue.get(id);
  if (call === null || !isForLane(callerOf(request), call.lane))
    throw new OutdialError('JOB_NOT_FOUND', `no call job ${id} is known`);
  return call;
}

/** A conflict of ids, without what it tells of the other job where that may be of a lane that the caller's key is not for. */
export function withoutOthers(error: unknown, request: FastifyRequest): unknown {
  const isConflict = error instanceof OutdialError && error.code === 'ID_CONFLICT';
  if (!isConflict || callerOf(request).lanes === null) return error;
  const issues = error.issues.map(({ path }) => ({
    path,
    message: 'is another one than the queued job has',
  }));
  return new OutdialError('ID_CONFLICT', 'a job of this id was queued before, with another content', {
    issues,
  });
}
