import {
  type CallJob,
  type CallValues,
  FAR_END_TYPES,
  fillStep,
  numberOf,
  type PlanStep,
  stepsFor,
  type Verdict,
  valuesOf,
} from '@outdial/contract';
import type { Bot, Leg } from '@outdial/telephony';

/** A step `stream`, as the plan has it or with the values that it names. */
type StreamStep = Extract<PlanStep, { step: 'stream' }>;

/** The voice bots of one call: those that its plan may begin with are connected while it rings. */
export class Bots {
  readonly #job: CallJob;
  readonly #leg: Pick<Leg, 'openBot'>;
  readonly #values: () => CallValues;
  /** By the step as the plan has it. */
  readonly #ahead = new Map<PlanStep, Bot>();
  /** The one that was taken last, which may have gone. */
  #taken: Bot | null = null;

  constructor(job: CallJob, leg: Pick<Leg, 'openBot'>, values: () => CallValues) {
    this.#job = job;
    this.#leg = leg;
    this.#values = values;
  }

  /** The call rings: a bot that may speak first is connected now, so that it speaks at once. It is told nothing yet. */
  connectAhead(): void {
    const { onAnswered } = this.#job;
    const plans = FAR_END_TYPES.map((farEndType) => stepsFor(onAnswered, farEndType));
    for (const [step] of [onAnswered.immediately ?? [], ...plans]) {
      if (step?.step !== 'stream' || step.connectAt !== 'ringing' || this.#ahead.has(step)) continue;
      const filled = this.#fill(step);
      if (filled === null) continue;
      const bot = this.#open(filled);
      this.#ahead.set(step, bot);
      bot.connect();
    }
  }

  /** The bot of a step that begins: `asked`, as the plan has it, and with its values. */
  take(asked: PlanStep, step: StreamStep): Bot {
    const bot = this.#ahead.get(asked) ?? this.#open(step);
    // It is for one use: a step that is taken again has another one.
    this.#ahead.delete(asked);
    this.#taken = bot;
    return bot;
  }

  /** Tells the bot that runs, if one does, a verdict that came after its `start`. */
  tellVerdict({ farEndType, confidence }: Verdict, isRevised: boolean): void {
    this.#taken?.tell('verdict', { farEndType, confidence, isRevised });
  }

  /** Tells the bot that runs, if one does, something of the job's own. */
  notify(name: string, data: Readonly<Record<string, unknown>>): void {
    this.#taken?.tell('notify', { name, data });
  }

  /** What the bot is told in its `start`: the call, who has answered, and the step's own. */
  parametersFor({ parameters }: StreamStep): Record<string, string> {
    const { id, callTo, callFrom = '', metadata } = this.#job;
    const { verdict } = this.#values();
    return {
      jobId: id,
      to_number: numberOf(callTo),
      from_number: numberOf(callFrom),
      farEndType: verdict?.farEndType ?? 'UNKNOWN',
      confidence: String(verdict?.confidence ?? 0),
      metadata: JSON.stringify(metadata),
      ...parameters,
    };
  }

  /** Null: a value is not known while it rings, or never; then the step connects its bot, or tells why not. */
  #fill(step: StreamStep): StreamStep | null {
    try {
      // Its parameters are told with its `start`.
      return fillStep({ ...step, parameters: {} }, valuesOf(this.#values())) as StreamStep;
    } catch {
      return null;
    }
  }

  #open({ url, protocol, sampleRate, headers, subprotocols }: StreamStep): Bot {
    return this.#leg.openBot({ url, protocol, sampleRate, headers, subprotocols });
  }
}
