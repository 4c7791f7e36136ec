import type { DetectorEvent } from '@outdial/call-machine';
import type { CallJob, WaitOutcome, WaitParameters } from '@outdial/contract';
import { type LsdEvent, SpeakerDetector } from '@outdial/lsd';
import type { Leg } from '@outdial/telephony';
import type { Logger } from 'pino';

/** Audio that is this much behind the clock is waited for no longer. Less than the call machine waits for us. */
const LATE_MS = 400;
/** A stream that has brought nothing for so long has stopped, whether or not its connection is up. */
const STALLED_MS = 1000;

/** One stream of the callee's audio, and who listens to it. Moments are on the clock of `performance.now()`. */
interface Hearing {
  readonly detector: SpeakerDetector;
  readonly startedAt: number;
  lastFrameAt: number;
  isOver: boolean;
  /** Ends the waits that go on; null: the call ended first. */
  readonly waits: Set<(outcome: WaitOutcome | null) => void>;
}

/**
 * Hears the callee of one call: detects the speaker, and finds the moment to speak to an answering machine. Both
 * count samples; this is where the clock comes in, for a stream that is late, stops, or never comes.
 */
export class Listener {
  readonly #leg: Pick<Leg, 'listen' | 'stopListening'>;
  readonly #terms: Pick<CallJob, 'liveSpeakerDetect' | 'lsdTimeoutMilliseconds'>;
  readonly #tell: (event: DetectorEvent) => void;
  readonly #logger: Logger;
  #hearing: Hearing | null = null;
  #limit: NodeJS.Timeout | undefined;

  constructor(
    leg: Pick<Leg, 'listen' | 'stopListening'>,
    terms: Pick<CallJob, 'liveSpeakerDetect' | 'lsdTimeoutMilliseconds'>,
    tell: (event: DetectorEvent) => void,
    logger: Logger,
  ) {
    this.#leg = leg;
    this.#terms = terms;
    this.#tell = tell;
    this.#logger = logger;
  }

  /** Detects the speaker; the answer is now. `verdictReached` follows, and `verdictRevised` may. */
  detect(): void {
    const hearing = this.#hear((event) => {
      if (event.type === 'verdict') this.#tell({ type: 'verdictReached', verdict: event.verdict });
      if (event.type === 'revised') this.#tell({ type: 'verdictRevised', verdict: event.verdict });
    });
    this.#watchLimit(hearing);
  }

  /** Resolves when a message may be left, or will not be; with null when `stop` came first. */
  waitForAnswerMachine(parameters: WaitParameters): Promise<WaitOutcome | null> {
    const { detector, waits } = this.#hearing ?? this.#hear(() => undefined);
    const { secondsTimeout } = parameters;
    return new Promise((resolve) => {
      const end = (outcome: WaitOutcome | null) => {
        clearTimeout(timer);
        waits.delete(end);
        resolve(outcome);
      };
      const giveUp = () => end({ trigger: 'timeout', isReady: false, atMs: detector.heardMs });
      const timer = secondsTimeout === null ? undefined : setTimeout(giveUp, secondsTimeout * 1000 + LATE_MS);
      waits.add(end);
      detector.waitForAnswerMachine(parameters, end);
    });
  }

  /** The call is over. */
  stop(): void {
    clearTimeout(this.#limit);
    const waits = this.#hearing?.waits ?? [];
    this.#hearing = null;
    for (const end of waits) end(null);
    this.#leg.stopListening();
  }

  #hear(onEvent: (event: LsdEvent) => void): Hearing {
    const { liveSpeakerDetect, lsdTimeoutMilliseconds } = this.#terms;
    const detector = new SpeakerDetector({
      mode: liveSpeakerDetect ?? 'DEFAULT',
      timeoutMilliseconds: lsdTimeoutMilliseconds,
      onEvent,
    });
    const now = performance.now();
    const hearing: Hearing = { detector, startedAt: now, lastFrameAt: now, isOver: false, waits: new Set() };
    this.#hearing = hearing;
    const onFrame = (pcm: Int16Array) => {
      hearing.lastFrameAt = performance.now();
      detector.push(pcm);
    };
    const onStopped = (reason: string) => this.#lose(hearing, reason);
    this.#leg.listen(onFrame, onStopped).then(
      (heard) => {
        if (!heard.listening) onStopped(heard.message);
      },
      (error) => onStopped(String(error)),
    );
    return hearing;
  }

  /** The stream has ended by itself, or never began: it tells no more, and a later wait may try another. */
  #lose(hearing: Hearing, reason: string): void {
    if (this.#hearing !== hearing) return;
    this.#logger.warn({ reason }, 'the callee is not heard any more');
    this.#hearing = null;
    hearing.isOver = true;
    for (const end of hearing.waits)
      end({ trigger: 'unheard', isReady: false, atMs: hearing.detector.heardMs });
    if (this.#limit !== undefined) this.#watchLimit(hearing);
  }

  /** Keeps the time limit by the clock: what the audio is behind it counts as spent. */
  #watchLimit(hearing: Hearing): void {
    clearTimeout(this.#limit);
    const { detector, startedAt, lastFrameAt, isOver } = hearing;
    if (detector.verdict !== null) return;
    const now = performance.now();
    const behindMs = now - startedAt - detector.heardMs;
    const leftMs = detector.remainingMs - behindMs + (isOver ? 0 : LATE_MS);
    if (leftMs > 0) this.#limit = setTimeout(() => this.#watchLimit(hearing), Math.ceil(leftMs));
    else if (isOver || now - lastFrameAt > STALLED_MS) detector.end();
    else detector.expire();
  }
}
