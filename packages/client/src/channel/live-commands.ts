import {
  type CallCommand,
  type CallEvent,
  callCommandSchemaFor,
  checkInput,
  HEARTBEAT_SECONDS,
  type StepReport,
  type WaitForAnswerMachineOptions,
  type WaitOutcome,
  waitParametersSchema,
} from '@outdial/contract';
import type { CallQueue } from '../queue/call-queue.js';
import { RepeatedCommand } from './repeated-command.js';

/** What the worker's answer may take beyond a wait itself. */
const ANSWER_WITHIN_MS = 5000;

export interface LiveCommandsOptions {
  queue: Pick<CallQueue, 'command' | 'numbers'>;
  jobId: string;
  /** Milliseconds between one asking and the next. */
  repeatMs: number;
}

/** What one answered call's worker is asked for, and what has not ended yet. */
export class LiveCommands {
  readonly #options: LiveCommandsOptions;
  readonly #waits = new Map<string, RepeatedCommand<WaitOutcome>>();
  readonly #commands = new Map<string, RepeatedCommand<readonly StepReport[]>>();

  constructor(options: LiveCommandsOptions) {
    this.#options = options;
  }

  /** Resolves with null when the call ended first, or nothing was heard of the worker. */
  wait(options: WaitForAnswerMachineOptions): Promise<WaitOutcome | null> {
    const { jobId } = this.#options;
    const parameters = checkInput(waitParametersSchema, options, refusalOf('waitForAnswerMachine'));
    const { secondsTimeout } = parameters;
    return this.#send(
      this.#waits,
      (waitId) => ({ type: 'waitForAnswerMachine', jobId, waitId, parameters }),
      secondsTimeout === null ? null : secondsTimeout * 1000 + ANSWER_WITHIN_MS,
    );
  }

  /** `command`: without its ids. Resolves with the reports of its steps; with null when the call ended first. */
  command(method: string, command: object): Promise<readonly StepReport[] | null> {
    const { jobId, queue } = this.#options;
    const input = { ...command, jobId, commandId: '-' };
    const checked = checkInput(callCommandSchemaFor(queue.numbers), input, refusalOf(method));
    return this.#send(this.#commands, (commandId) => ({ ...checked, commandId }) as CallCommand, null);
  }

  /** Tells the worker that this app has the call. One that is lost does no harm: another follows. */
  beat(): void {
    const { queue, jobId } = this.#options;
    queue.command({ type: 'heartbeat', jobId, secondsTimeout: HEARTBEAT_SECONDS }).catch(() => undefined);
  }

  waitEnded(waitId: string | null, outcome: WaitOutcome): void {
    this.#waits.get(waitId ?? '')?.end(outcome);
  }

  commandEnded({ commandId, steps }: Extract<CallEvent, { type: 'commandEnded' }>): void {
    this.#commands.get(commandId)?.end(steps);
  }

  /** The call is over. */
  end(): void {
    for (const asked of [...this.#waits.values(), ...this.#commands.values()]) asked.end(null);
  }

  async #send<End>(
    running: Map<string, RepeatedCommand<End>>,
    command: (id: string) => CallCommand,
    withinMs: number | null,
  ): Promise<End | null> {
    const { queue, repeatMs } = this.#options;
    const asked = new RepeatedCommand<End>({
      command,
      send: (filled) => queue.command(filled),
      repeatMs,
      withinMs,
    });
    running.set(asked.id, asked);
    try {
      await asked.start();
      return await asked.whenEnded;
    } finally {
      running.delete(asked.id);
    }
  }
}

/** How a method refuses its options. */
function refusalOf(what: string) {
  return { code: 'INVALID_CONFIGURATION', what } as const;
}
