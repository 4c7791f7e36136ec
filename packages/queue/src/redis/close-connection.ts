/** What the helpers here need of an ioredis connection. */
interface Connection {
  readonly status: string;
  connect(): Promise<unknown>;
  disconnect(): void;
  /** What was under way when the connection was lost, to be sent again once it is ready. ioredis has no public way to it. */
  readonly prevCommandQueue?: { shift(): { command: { reject(error: Error): void } } | undefined } | null;
}

/**
 * To be called before a connection is closed. When ioredis is told to disconnect while it waits to connect again, it
 * neither emits `end` nor rejects the commands that wait, so a caller that awaits either hangs; while it is connecting it
 * emits `end`, and still forgets the commands that were under way when the connection was lost (ioredis 6,
 * `Redis.disconnect`, `closeHandler` and `flushQueue`; https://github.com/redis/ioredis/pull/2197).
 */
export function unstick(connection: Pick<Connection, 'status' | 'connect'>): void {
  if (connection.status === 'reconnecting') connection.connect().catch(() => undefined);
  if (connection.status === 'ready') return;
  const { prevCommandQueue } = connection as Connection;
  for (let lost = prevCommandQueue?.shift(); lost !== undefined; lost = prevCommandQueue?.shift())
    lost.command.reject(new Error('Connection is closed.'));
}

/** Closes a connection in whatever state it is: commands that wait for it reject. */
export function closeConnection(connection: Connection): void {
  unstick(connection);
  connection.disconnect();
}
