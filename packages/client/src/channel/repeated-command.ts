import { randomUUID } from 'node:crypto';
import type { CallCommand } from '@outdial/contract';

export interface RepeatedCommandOptions {
  /** The command, given the id that its end will name. */
  command: (id: string) => CallCommand;
  send: (command: CallCommand) => Promise<void>;
  /** Milliseconds between one asking and the next. */
  repeatMs: number;
  /** Milliseconds after which it counts as having no answer; null: as long as the call is up. */
  withinMs: number | null;
}

/**
 * Something that the worker which holds a call is to do. It is asked again and again until an event tells of the end, since
 * either message may be lost on its way; the worker does it once.
 */
export class RepeatedCommand<End> {
  readonly id = randomUUID();
  /** Null: the call ended first, or nothing was heard of the worker. */
  readonly whenEnded: Promise<End | null>;
  readonly #options: RepeatedCommandOptions;
  #resolve: (end: End | null) => void = () => undefined;
  #repeat: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;

  constructor(options: RepeatedCommandOptions) {
    this.#options = options;
    this.whenEnded = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Asks for the first time. Rejects with `QUEUE_UNAVAILABLE` when that cannot be done: then it is over. */
  async start(): Promise<void> {
    const { repeatMs, withinMs } = this.#options;
    this.#repeat = setInterval(() => void this.#ask().catch(() => undefined), repeatMs);
    if (withinMs !== null) this.#limit = setTimeout(() => this.end(null), withinMs);
    try {
      await this.#ask();
    } catch (error) {
      this.end(null);
      throw error;
    }
  }

  end(end: End | null): void {
    clearInterval(this.#repeat);
    clearTimeout(this.#limit);
    this.#resolve(end);
  }

  #ask(): Promise<void> {
    return this.#options.send(this.#options.command(this.id));
  }
}
