/** What the helpers here need of an ioredis connection. */
interface Connection {
  readonly status: string;
  connect(): Promise<unknown>;
  disconnect(): void;
}

/**
 * To be called before a connection is closed. When ioredis is told to disconnect while it waits to connect again, it
 * neither emits `end` nor rejects the commands that wait, so a caller that awaits either hangs. While it is connecting it
 * does both (ioredis 6, `Redis.disconnect` and `closeHandler`).
 */
export function unstick(connection: Pick<Connection, 'status' | 'connect'>): void {
  if (connection.status === 'reconnecting') connection.connect().catch(() => undefined);
}

/** Closes a connection in whatever state it is: commands that wait for it reject. */
export function closeConnection(connection: Connection): void {
  unstick(connection);
  connection.disconnect();
}
