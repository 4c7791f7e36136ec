import type { DetectorEvent } from '@outdial/call-machine';
import { TIME_LIMITS, type WaitOutcome, type WaitParameters } from '@outdial/contract';
import { type LsdEvent, SpeakerDetector } from '@outdial/lsd';
import type { AudioFrames } from '@outdial/telephony';
import type { Logger } from 'pino';
import type { CalleeMonitor, DetectionTerms } from './callee-monitor.js';
import { withLostAudio } from './lost-audio.js';

/** Audio may be this late by the clock. Less than the call machine waits for the verdict. */
const LATE_MS = TIME_LIMITS.lsdGraceMs - 100;
/** A stream that has been silent for this long has stopped, whether or not its connection is up. */
const STALLED_MS = 1000;

/** One stream of the callee's audio. Times are of the clock of `performance.now()`. */
interface AudioStream {
  readonly detector: SpeakerDetector;
  readonly startedAt: number;
  lastFrameAt: number;
  isOver: boolean;
  /** Whether audio of the callee was dropped on its way here. */
  hasLost: boolean;
  /** Ends the waits that are running; null: the call ended first. */
  readonly waits: Set<(outcome: WaitOutcome | null) => void>;
}

/**
 * Listens to the audio frames of one call's callee. The detector counts samples; this class adds the clock, for a stream
 * that is late, stops, or never comes.
 */
export class AudioMonitor implements CalleeMonitor {
  readonly #frames: AudioFrames;
  readonly #terms: DetectionTerms;
  readonly #report: (event: DetectorEvent) => void;
  readonly #logger: Logger;
  #stream: AudioStream | null = null;
  #limit: NodeJS.Timeout | undefined;
  readonly #speechListeners = new Set<(isSpeaking: boolean) => void>();
  #isSpeaking = false;

  constructor(
    frames: AudioFrames,
    terms: DetectionTerms,
    report: (event: DetectorEvent) => void,
    logger: Logger,
  ) {
    this.#frames = frames;
    this.#terms = terms;
    this.#report = report;
    this.#logger = logger;
  }

  detect(): void {
    const stream = this.#open((event) => {
      if (event.type !== 'verdict' && event.type !== 'revised') return;
      const verdict = stream.hasLost ? withLostAudio(event.verdict, null) : event.verdict;
      this.#report({ type: event.type === 'verdict' ? 'verdictReached' : 'verdictRevised', verdict });
    });
    this.#watchLimit(stream);
  }

  waitForAnswerMachine(parameters: WaitParameters): Promise<WaitOutcome | null> {
    const { detector, waits } = this.#stream ?? this.#open(() => undefined);
    const { secondsTimeout } = parameters;
    return new Promise((resolve) => {
      const end = (outcome: WaitOutcome | null) => {
        clearTimeout(timer);
        waits.delete(end);
        resolve(outcome);
      };
      const giveUp = () => end({ trigger: 'timeout', isReady: false, atMs: detector.audioMs });
      const timer = secondsTimeout === null ? undefined : setTimeout(giveUp, secondsTimeout * 1000 + LATE_MS);
      waits.add(end);
      detector.waitForAnswerMachine(parameters, end);
    });
  }

  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  onSpeech(listener: (isSpeaking: boolean) => void): () => void {
    if (this.#stream === null) this.#open(() => undefined);
    this.#speechListeners.add(listener);
    return () => void this.#speechListeners.delete(listener);
  }

  close(): void {
    clearTimeout(this.#limit);
    const waits = this.#stream?.waits ?? [];
    this.#stream = null;
    for (const end of waits) end(null);
    this.#frames.stopListening();
  }

  #open(onEvent: (event: LsdEvent) => void): AudioStream {
    const { liveSpeakerDetect, lsdTimeoutMilliseconds } = this.#terms;
    const detector = new SpeakerDetector({
      mode: liveSpeakerDetect ?? 'DEFAULT',
      timeoutMilliseconds: lsdTimeoutMilliseconds,
      onEvent: (event) => {
        if (event.type === 'speechStarted' || event.type === 'speechEnded') this.#noteSpeech(event.type);
        onEvent(event);
      },
    });
    const now = performance.now();
    const stream: AudioStream = {
      detector,
      startedAt: now,
      lastFrameAt: now,
      isOver: false,
      hasLost: false,
      waits: new Set(),
    };
    this.#stream = stream;
    const onFrame = (pcm: Int16Array) => {
      stream.lastFrameAt = performance.now();
      detector.push(pcm);
    };
    const onStopped = (reason: string) => this.#lose(stream, reason);
    const onLost = () => {
      stream.hasLost = true;
    };
    this.#frames.listen(onFrame, onStopped, onLost).then(
      (heard) => {
        if (!heard.listening) onStopped(heard.message);
      },
      (error) => onStopped(String(error)),
    );
    return stream;
  }

  #noteSpeech(type: 'speechStarted' | 'speechEnded'): void {
    this.#isSpeaking = type === 'speechStarted';
    for (const listener of this.#speechListeners) listener(this.#isSpeaking);
  }

  /** The stream ended by itself, or never began; a later wait may open another. */
  #lose(stream: AudioStream, reason: string): void {
    if (this.#stream !== stream) return;
    this.#logger.warn({ reason }, 'audio of the callee stopped');
    this.#stream = null;
    stream.isOver = true;
    // What it has begun to say is heard no further.
    if (this.#isSpeaking) this.#noteSpeech('speechEnded');
    for (const end of stream.waits)
      end({ trigger: 'unheard', isReady: false, atMs: stream.detector.audioMs });
    if (this.#limit !== undefined) this.#watchLimit(stream);
  }

  /** Keeps the time limit by the clock: audio that is late counts as heard. */
  #watchLimit(stream: AudioStream): void {
    clearTimeout(this.#limit);
    const { detector, startedAt, lastFrameAt, isOver } = stream;
    if (detector.verdict !== null) return;
    const now = performance.now();
    const behindMs = now - startedAt - detector.audioMs;
    const leftMs = detector.remainingMs - behindMs + (isOver ? 0 : LATE_MS);
    if (leftMs > 0) this.#limit = setTimeout(() => this.#watchLimit(stream), Math.ceil(leftMs));
    else if (isOver || now - lastFrameAt > STALLED_MS) detector.end();
    else detector.expire();
  }
}
