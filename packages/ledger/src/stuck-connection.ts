import type { Redis } from 'ioredis';

/**
 * For a connection that is about to be ended. ioredis, told to disconnect while it waits to connect again, neither says
 * that it has ended nor lets go of the commands that wait for it, and who waits for either waits for ever; while it is
 * connecting it does both (ioredis 6, `Redis.disconnect` and `closeHandler`).
 */
export function unstick(connection: { status: string; connect(): Promise<unknown> }): void {
  if (connection.status === 'reconnecting') connection.connect().catch(() => undefined);
}

/** Ends a connection, whatever state it is in: what waits for it rejects. */
export function cut(connection: Redis): void {
  unstick(connection);
  connection.disconnect();
}
