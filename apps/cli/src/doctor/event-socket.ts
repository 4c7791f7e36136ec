import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

/** The part of drachtio-modesl that is used here; it has no types. */
interface Connection extends EventEmitter {
  closing: boolean;
  api(command: string, callback: (reply: { getBody(): string }) => void): void;
  readonly socket: { destroy(): void } | null;
}

const { Connection: RealConnection } = createRequire(import.meta.url)('drachtio-modesl') as {
  Connection: new (host: string, port: number, secret: string) => Connection;
};
const ANSWER_WITHIN_MS = 3000;

export const SECRET_REJECTED = 'it rejects the secret';
export const ADDRESS_REJECTED = 'it rejects connections from this address';

/** A connection to the event socket of a FreeSWITCH. */
export class EventSocket {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Rejects with the reason: `SECRET_REJECTED`, `ADDRESS_REJECTED`, or the error of the connection. */
  static async open({
    host,
    port,
    secret,
  }: {
    host: string;
    port: number;
    secret: string;
  }): Promise<EventSocket> {
    const connection = new RealConnection(host, port, secret);
    // Only one attempt; otherwise it would go on reconnecting.
    connection.closing = true;
    try {
      await withLimit<void>((resolve, reject) => {
        connection.on('esl::ready', () => resolve());
        connection.on('esl::event::auth::fail', () => reject(new Error(SECRET_REJECTED)));
        connection.on('esl::event::raw::text/rude-rejection', () => reject(new Error(ADDRESS_REJECTED)));
        connection.on('error', (error: Error) => reject(error));
        connection.on('esl::end', () => reject(new Error('it closed the connection')));
      });
    } catch (error) {
      connection.socket?.destroy();
      throw error;
    }
    return new EventSocket(connection);
  }

  /** Sends an API command; resolves with its reply. */
  ask(command: string): Promise<string> {
    return withLimit((resolve) => this.#connection.api(command, (reply) => resolve(reply.getBody())));
  }

  close(): void {
    this.#connection.socket?.destroy();
  }
}

function withLimit<T>(
  work: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)),
      ANSWER_WITHIN_MS,
    );
    const settled =
      <Value>(settle: (value: Value) => void) =>
      (value: Value) => {
        clearTimeout(timer);
        settle(value);
      };
    work(settled(resolve), settled(reject));
  });
}
