import { CallQueue } from '@outdial/client';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { type Session, withSession } from './session.js';

/** Opens a queue, runs `work`, and closes the queue and its connections. */
export function withQueue(work: (queue: CallQueue, session: Session) => Promise<void>): Promise<ExitStatus> {
  return withSession(async (session) => {
    const queue = new CallQueue({ redis: session.redis, prefix: session.prefix });
    try {
      await work(queue, session);
      return EXIT.ok;
    } finally {
      await queue.close();
    }
  });
}
