import { deferred } from '../async/deferred.js';
import { withTimeout } from '../async/with-timeout.js';

const CONNECT_WITHIN_MS = 5000;

/** How far the endpoint of one call has come, for promises of the library that never settle once it has gone. */
export class EndpointLife {
  readonly #over = deferred<void>();
  readonly #connected = deferred<void>();

  /** Resolves when the endpoint is lost or given back. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  end(): void {
    this.#over.resolve();
  }

  /** Media has been connected: the channel has its codec from then on. */
  noteConnected(): void {
    this.#connected.resolve();
  }

  /** Resolves once media has been connected. Rejects after 5 s, or when it is over first. */
  connected(): Promise<void> {
    return withTimeout(this.untilOver(this.#connected.promise), CONNECT_WITHIN_MS, 'connecting media');
  }

  /** Rejects when it is over first. */
  untilOver<T>(promise: Promise<T>): Promise<T> {
    const over = this.#over.promise.then(() => {
      throw new Error('the call ended first');
    });
    return Promise.race([promise, over]);
  }
}
