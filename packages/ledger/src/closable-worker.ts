import { Worker } from 'bullmq';
import { unstick } from './stuck-connection.js';

/** BullMQ's Worker, which can be closed whatever state its connections are in. */
export class ClosableWorker<Data = unknown, Result = unknown> extends Worker<Data, Result> {
  override async close(force?: boolean): Promise<void> {
    if (!force) {
      // It begins by ending the connection on which it waits for jobs, and waits until that says that it has ended.
      const waiting = await this.backend.blockingClient;
      if (waiting !== undefined) unstick(waiting);
    }
    await super.close(force);
  }
}
