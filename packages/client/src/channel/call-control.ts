import { EventEmitter } from 'node:events';
import type { BesideStep, CallState, PlanStepInput, Sources, StepName, StepReport } from '@outdial/contract';

/** The fields of a step of a plan, without those that are given by themselves. */
type StepOptions<Name extends StepName, Given extends string> = Omit<
  Extract<PlanStepInput, { step: Name }>,
  'step' | Given
>;
export type PlayOptions = StepOptions<'play', 'source'>;
export type SayOptions = StepOptions<'say', 'text'>;
export type GatherDigitsOptions = StepOptions<'gather', 'branches' | 'into'>;
export type RecordOptions = StepOptions<'record', 'name'>;
export type SendDigitsOptions = StepOptions<'sendDigits', 'digits'>;
export type BridgeOptions = StepOptions<'bridge', 'to'>;
export type NotifyData = Extract<BesideStep, { step: 'notify' }>['data'];
export type TransferOptions = StepOptions<'transfer', 'to'>;
export type StreamCallOptions = StepOptions<'stream', 'url'>;

/** Events of a channel. */
export interface ChannelEvents {
  stateChanged: [state: CallState, former: CallState];
}

/**
 * Live control of an answered call: the steps of a plan (docs/call-jobs.md), as the app asks for them. Each takes the place of the
 * steps that run, but for those that say that what runs goes on. It resolves with the report of how it ended, or with null when the call ended, or others took its place,
 * before it began. Each rejects with `ChannelStateError` unless the state is ANSWERED, `INVALID_CONFIGURATION` for wrong fields, and
 * `QUEUE_UNAVAILABLE`.
 */
export abstract class CallControl extends EventEmitter<ChannelEvents> {
  /** Plays a source (a file, a tone, or a text to say), or several one after the other. */
  play(source: Sources, options: PlayOptions = {}): Promise<StepReport | null> {
    return this.#run('play', { step: 'play', source, ...options });
  }

  /** Says a text, by the text-to-speech of the worker. */
  say(text: string, options: SayOptions = {}): Promise<StepReport | null> {
    return this.#run('say', { step: 'say', text, ...options });
  }

  /** Stops what is played or said: its `play` or `say` resolves as `interrupted`. What else runs goes on. */
  stopPlaying(): Promise<void> {
    return this.endStep('stopPlaying', ['play', 'say']);
  }

  /** Asks for keys. Resolves with a valid entry, or null: there was none. */
  async gatherDigits(options: GatherDigitsOptions = {}): Promise<string | null> {
    const report = await this.#run('gatherDigits', { step: 'gather', ...options });
    return report?.outcome === 'finished' ? String(report.data?.digits) : null;
  }

  /** Records the callee. `data` of the report has `durationMs` and `endedBy`. */
  record(name: string, options: RecordOptions = {}): Promise<StepReport | null> {
    return this.#run('record', { step: 'record', name, ...options });
  }

  /** From now on all recordings of the call hold silence; what runs goes on. */
  pauseRecording(): Promise<StepReport | null> {
    return this.runBeside('pauseRecording', { step: 'pauseRecording' });
  }

  /** From now on they hold again what is said. */
  resumeRecording(): Promise<StepReport | null> {
    return this.runBeside('resumeRecording', { step: 'resumeRecording' });
  }

  /** Publishes the event `notified`, and tells the voice bot that is connected, if there is one; what runs goes on. */
  notify(name: string, data: NotifyData = {}): Promise<StepReport | null> {
    return this.runBeside('notify', { step: 'notify', name, data });
  }

  /** Presses keys for the callee. */
  sendDigits(digits: string, options: SendDigitsOptions = {}): Promise<StepReport | null> {
    return this.#run('sendDigits', { step: 'sendDigits', digits, ...options });
  }

  /** Connects the callee and a voice bot, until the bot has gone. */
  stream(url: string, options: StreamCallOptions = {}): Promise<StepReport | null> {
    return this.#run('stream', { step: 'stream', url, ...options });
  }

  /** Dials an agent, and lets the callee and the agent hear each other until one of them hangs up. */
  bridge(to: string | string[], options: BridgeOptions = {}): Promise<StepReport | null> {
    return this.#run('bridge', { step: 'bridge', to, ...options });
  }

  /** Ends the bridge: its `bridge` resolves, and the callee stays. */
  unbridge(): Promise<void> {
    return this.endStep('unbridge', ['bridge']);
  }

  /** Hands the callee over to another, by REFER. When that has succeeded the call is over here. */
  transfer(to: string, options: TransferOptions = {}): Promise<StepReport | null> {
    return this.#run('transfer', { step: 'transfer', to, ...options });
  }

  /** Takes steps, and those of their branches. Resolves with the reports of all that were taken. */
  async runPlan(steps: readonly PlanStepInput[]): Promise<readonly StepReport[]> {
    return (await this.runSteps('runPlan', steps)) ?? [];
  }

  /** Resolves with the reports of what was taken; with null when the call ended first. */
  protected abstract runSteps(
    method: string,
    steps: readonly PlanStepInput[],
  ): Promise<readonly StepReport[] | null>;

  /** Takes a step beside those that run. Resolves with its report; with null when the call ended first. */
  protected abstract runBeside(method: string, step: BesideStep): Promise<StepReport | null>;

  /** Ends the step that runs, if it is of one of these kinds. */
  protected abstract endStep(method: string, kinds: readonly StepName[]): Promise<void>;

  async #run(method: string, step: PlanStepInput): Promise<StepReport | null> {
    const [report] = (await this.runSteps(method, [step])) ?? [];
    return report ?? null;
  }
}
