import { Worker } from 'bullmq';
import { unstick } from '../redis/close-connection.js';

/** BullMQ's Worker, which can be closed in whatever state its connections are. */
export class ClosableWorker<Data = unknown, Result = unknown> extends Worker<Data, Result> {
  override async close(force?: boolean): Promise<void> {
    if (!force) {
      // It closes the connection on which it waits for jobs first, and waits for that connection's `end`.
      const waiting = await this.backend.blockingClient;
      if (waiting !== undefined) unstick(waiting);
    }
    await super.close(force);
  }
}
