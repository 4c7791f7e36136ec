import { randomUUID } from 'node:crypto';
import {
  type CallCommand,
  OutdialError,
  toFieldIssues,
  type WaitForAnswerMachineOptions,
  type WaitOutcome,
  type WaitParameters,
  waitParametersSchema,
} from '@outdial/contract';

/** What the worker's answer may take beyond the wait itself. */
const ANSWER_WITHIN_MS = 5000;

export interface AnswerMachineWaitOptions {
  jobId: string;
  parameters: WaitParameters;
  send: (command: CallCommand) => Promise<void>;
  /** Milliseconds between one asking and the next. */
  repeatMs: number;
}

/**
 * One wait for the moment to speak to an answering machine. The worker that holds the call does the waiting. It is
 * asked again and again until an event tells of the end, since either message may be lost on its way.
 */
export class AnswerMachineWait {
  readonly id = randomUUID();
  /** Null: the call ended first, or nothing was heard of the worker. */
  readonly whenEnded: Promise<WaitOutcome | null>;
  readonly #options: AnswerMachineWaitOptions;
  #resolve: (outcome: WaitOutcome | null) => void = () => undefined;
  #repeat: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;

  constructor(options: AnswerMachineWaitOptions) {
    this.#options = options;
    this.whenEnded = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Asks for the first time. Rejects with `QUEUE_UNAVAILABLE` when that cannot be done: then it is over. */
  async start(): Promise<void> {
    const { parameters, repeatMs } = this.#options;
    const { secondsTimeout } = parameters;
    this.#repeat = setInterval(() => void this.#ask().catch(() => undefined), repeatMs);
    if (secondsTimeout !== null)
      this.#limit = setTimeout(() => this.end(null), secondsTimeout * 1000 + ANSWER_WITHIN_MS);
    try {
      await this.#ask();
    } catch (error) {
      this.end(null);
      throw error;
    }
  }

  end(outcome: WaitOutcome | null): void {
    clearInterval(this.#repeat);
    clearTimeout(this.#limit);
    this.#resolve(outcome);
  }

  #ask(): Promise<void> {
    const { jobId, parameters, send } = this.#options;
    return send({ type: 'waitForAnswerMachine', jobId, waitId: this.id, parameters });
  }
}

/** Fills in the reference's defaults. Throws `OutdialError` `INVALID_CONFIGURATION`, which names each field. */
export function checkWait(options: WaitForAnswerMachineOptions): WaitParameters {
  const parsed = waitParametersSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issues = toFieldIssues(parsed.error, options);
  const message = issues.map(({ path, message: why }) => `${path}: ${why}`).join('; ');
  throw new OutdialError('INVALID_CONFIGURATION', `waitForAnswerMachine: ${message}`, { issues });
}
