import type { EarlyMedia, LiveSpeakerDetectMode, WaitOutcome, WaitParameters } from '@outdial/contract';
import {
  EarlyMediaListener,
  type LsdEvent,
  type SignalEvent,
  SpeakerDetector,
  withEarlyMedia,
} from '@outdial/lsd';
import { Concealment } from '../codec/concealment.js';
import { SAMPLES_A_MS } from '../codec/g711.js';
import type { AudioSink } from './audio-sink.js';
import type { HeardSignal, SessionEvents } from './words.js';

/** How the answer is judged. */
export interface ListenOptions {
  /** Default `DEFAULT`. */
  mode?: LiveSpeakerDetectMode;
  /** Time to classify, 500 to 10 000 ms. Default 5000. */
  timeoutMilliseconds?: number;
}

export type Tell = <Name extends keyof SessionEvents>(name: Name, ...values: SessionEvents[Name]) => void;

/** Audio that is this much behind the clock is waited for no longer. */
const LATE_MS = 400;
/** A stream that has brought nothing for so long has stopped. */
const STALLED_MS = 1000;
const NOTHING_HEARD: EarlyMedia = { heardMs: 0, speechMs: 0, hasBeeped: false, isMailbox: false, tones: [] };
const FRAME = 160;
const frame = new Int16Array(FRAME);

/** One detector at work, from a position of the stream on. */
interface Work {
  readonly detector: SpeakerDetector;
  readonly fromMs: number;
  readonly startedAt: number;
  lostSamples: number;
}

/**
 * Hears the far end of one call: signals in early media, the speaker after the answer, and the moment to speak to an
 * answering machine. The detector counts samples; this is where the clock comes in, for a stream that is late, stops,
 * or never comes.
 */
export class Hearing implements AudioSink {
  readonly #tell: Tell;
  readonly #concealment = new Concealment();
  readonly #waits = new Map<(outcome: WaitOutcome | null) => void, WaitParameters>();
  #early: EarlyMediaListener | null = null;
  #earlyMedia: EarlyMedia = NOTHING_HEARD;
  #answeredAtMs: number | null = null;
  #wanted: Required<ListenOptions> | null = null;
  #work: Work | null = null;
  /** Somebody wants to hear of speech and signals for as long as the call lasts. */
  #isWatched = false;
  #isSpeaking = false;
  #endMs = 0;
  #lastAt = 0;
  #limit: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** The call is answered at this position: verdicts count from here. A second time changes nothing. */
  answered(atMs: number): { atMs: number; earlyMedia: EarlyMedia } {
    if (this.#answeredAtMs === null) {
      this.#answeredAtMs = atMs;
      this.#endMs = Math.max(this.#endMs, atMs);
      this.#earlyMedia = this.#early?.summary() ?? NOTHING_HEARD;
      this.#early = null;
      if (this.#wanted !== null) this.#detect(this.#wanted);
    }
    return { atMs: this.#answeredAtMs, earlyMedia: this.#earlyMedia };
  }

  /** Detects the speaker from the answer on: from now on when it was already. Throws on bad options. */
  listen({ mode = 'DEFAULT', timeoutMilliseconds = 5000 }: ListenOptions): void {
    this.#wanted = { mode, timeoutMilliseconds };
    if (this.#answeredAtMs !== null) this.#detect(this.#wanted);
    else new SpeakerDetector({ mode, timeoutMilliseconds, onEvent: () => undefined });
  }

  /** Tells from now on when the far end speaks, and signals, whether or not the speaker is detected. */
  hear(): void {
    if (this.#answeredAtMs === null || this.#isClosed) return;
    this.#isWatched = true;
    this.#hearingWork();
  }

  /**
   * Resolves when a message may be left, or will not be: `unheard` when no audio came in all its time. With null when the session
   * ended first.
   */
  waitForAnswerMachine(parameters: WaitParameters): Promise<WaitOutcome | null> {
    const { secondsTimeout } = parameters;
    const { detector } = this.#hearingWork();
    return new Promise((resolve) => {
      const end = (outcome: WaitOutcome | null) => {
        clearTimeout(timer);
        this.#waits.delete(end);
        resolve(outcome);
      };
      const fromMs = this.#endMs;
      const giveUp = () => {
        const trigger = this.#endMs > fromMs ? 'timeout' : 'unheard';
        end({ trigger, isReady: false, atMs: detector.audioMs });
      };
      const timer =
        secondsTimeout === null
          ? undefined
          : setTimeout(() => this.#whenCaughtUp(giveUp), secondsTimeout * 1000 + LATE_MS);
      this.#waits.set(end, parameters);
      if (this.#isClosed) end(null);
      else detector.waitForAnswerMachine(parameters, end);
    });
  }

  /** What was heard before the answer, so far. */
  get earlyMedia(): EarlyMedia {
    return this.#early?.summary() ?? this.#earlyMedia;
  }

  audio(pcm: Int16Array, at: number): void {
    this.#concealment.heard(pcm);
    this.#push(pcm, at);
  }

  lost(samples: number, at: number): void {
    if (this.#work !== null) this.#work.lostSamples += samples;
    for (let done = 0; done < samples; done += FRAME) {
      const part = frame.subarray(0, Math.min(FRAME, samples - done));
      this.#concealment.fill(part);
      this.#push(part, at + done);
    }
  }

  quiet(pcm: Int16Array, at: number): void {
    this.#push(pcm, at);
  }

  /** The session is over: nothing more is told, and waits end with null. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#limit);
    for (const end of this.#waits.keys()) end(null);
    this.#work = null;
    this.#early = null;
  }

  #push(pcm: Int16Array, at: number): void {
    this.#lastAt = performance.now();
    this.#endMs = (at + pcm.length) / SAMPLES_A_MS;
    if (this.#work !== null) this.#detectIn(this.#work, pcm);
    else if (this.#answeredAtMs === null) this.#hearEarly(pcm, at);
  }

  /** Once the verdict on a person stands, nothing is left to find out: the detector rests until it is asked for again. */
  #detectIn({ detector }: Work, pcm: Int16Array): void {
    detector.push(pcm);
    const isNeeded = this.#isWatched || this.#waits.size > 0;
    if (isNeeded || !detector.isFinal || detector.verdict?.farEndType !== 'LIVE') return;
    this.#work = null;
    this.#wanted = null;
    if (this.#isSpeaking) this.#tellSpeech(false, this.#endMs);
  }

  #hearEarly(pcm: Int16Array, at: number): void {
    const fromMs = at / SAMPLES_A_MS;
    this.#early ??= new EarlyMediaListener({
      onTone: (tone) => this.#tell('networkTone', tone),
      onMailbox: (atMs) => this.#tell('mailbox', { atMs }),
      onEvent: (event) => this.#report(event, fromMs),
    });
    this.#early.push(pcm);
  }

  #detect(options: Required<ListenOptions>): void {
    this.#begin(options);
    this.#watchLimit();
  }

  /** The detector at work, or one that gives no verdict. */
  #hearingWork(): Work {
    return this.#work ?? this.#begin(this.#wanted ?? { mode: 'DEFAULT', timeoutMilliseconds: 10_000 });
  }

  #begin(options: Required<ListenOptions>): Work {
    const fromMs = this.#endMs;
    const onEvent = (event: LsdEvent) => this.#report(event, fromMs);
    const detector = new SpeakerDetector({ onEvent, ...options });
    const now = performance.now();
    this.#lastAt = now;
    this.#work = { detector, fromMs, startedAt: now, lostSamples: 0 };
    // A wait that began before goes on with this detector: the former one hears no more.
    for (const [end, parameters] of this.#waits) detector.waitForAnswerMachine(parameters, end);
    return this.#work;
  }

  #report(event: LsdEvent, fromMs: number): void {
    switch (event.type) {
      case 'verdict':
      case 'revised':
        if (this.#wanted !== null) this.#giveVerdict(event);
        return;
      case 'speechStarted':
      case 'speechEnded':
        this.#tellSpeech(event.type === 'speechStarted', fromMs + event.atMs);
        return;
      case 'toneStarted':
      case 'toneEnded':
        return;
      default:
        this.#tell('signal', this.#toSignal(event, fromMs));
    }
  }

  #tellSpeech(isSpeaking: boolean, atMs: number): void {
    this.#isSpeaking = isSpeaking;
    this.#tell('speech', { isSpeaking, atMs: Math.round(atMs) });
  }

  #giveVerdict({ type, verdict }: Extract<LsdEvent, { type: 'verdict' | 'revised' }>): void {
    clearTimeout(this.#limit);
    this.#tell('verdict', {
      verdict: withEarlyMedia(verdict, this.#earlyMedia),
      isRevised: type === 'revised',
      lostMs: Math.round((this.#work?.lostSamples ?? 0) / SAMPLES_A_MS),
      earlyMedia: this.#earlyMedia,
    });
  }

  #toSignal({ type, atMs, durationMs, frequencies }: SignalEvent, fromMs: number): HeardSignal {
    const inStream = Math.round(fromMs + atMs);
    const sinceAnswerMs = this.#answeredAtMs === null ? null : inStream - this.#answeredAtMs;
    return { signal: type, atMs: inStream, sinceAnswerMs, durationMs, frequencies };
  }

  /** Keeps the time limit by the clock: what the audio is behind it counts as spent. */
  #watchLimit(): void {
    clearTimeout(this.#limit);
    const work = this.#work;
    if (work === null || work.detector.verdict !== null) return;
    const now = performance.now();
    const behindMs = now - work.startedAt - work.detector.audioMs;
    const leftMs = work.detector.remainingMs - behindMs + LATE_MS;
    if (leftMs > 0) this.#limit = setTimeout(() => this.#watchLimit(), Math.ceil(leftMs));
    else this.#whenCaughtUp(() => this.#conclude(work, now));
  }

  /** The audio really is behind, or what came meanwhile has given more time. */
  #conclude({ detector }: Work, dueAt: number): void {
    if (this.#work?.detector !== detector || detector.verdict !== null) return;
    if (this.#lastAt > dueAt) this.#watchLimit();
    else if (dueAt - this.#lastAt > STALLED_MS) detector.end();
    else detector.expire();
  }

  /**
   * Calls back once the sockets have nothing more for now. A thread that is late has packets waiting there: the far
   * end was in time, and its audio is heard before anything is concluded from the clock.
   */
  #whenCaughtUp(act: () => void): void {
    const before = this.#endMs;
    // It runs after the sockets were read.
    setImmediate(() => {
      if (this.#isClosed) return;
      if (this.#endMs > before) this.#whenCaughtUp(act);
      else act();
    });
  }
}
