import { type RedisAddress, WorkerConnections } from '@outdial/queue';
import type { Logger } from 'pino';

/** The worker's two connections to Redis; errors of either are logged. */
export function openRedisConnections(address: RedisAddress, logger: Logger): WorkerConnections {
  return new WorkerConnections(address, {
    onError: (error) => logger.warn({ err: error }, 'Redis connection error'),
  });
}
