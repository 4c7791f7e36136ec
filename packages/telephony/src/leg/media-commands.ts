import { type CallQuality, type EarlyMedia, OutdialError } from '@outdial/contract';
import type {
  Bot,
  BotOptions,
  DigitTiming,
  Hearing,
  Leg,
  LegRecording,
  PlayEnd,
  RecordedSides,
  SendEnd,
} from '../api.js';
import type { Media } from '../media/media.js';
import { MediaSession } from '../media/media-session.js';
import { DigitMerger, type DigitWay } from './digit-merger.js';

/** Which of a leg's media commands have an effect: none once it has ended, and few before the answer. */
export type MediaPhase = 'early' | 'answered' | 'over';

/** How a key is passed on to the other leg of a bridge. */
const PASSED_ON: DigitTiming = { durationMs: 100, gapMs: 100 };

/** The media of a leg of this telephony. */
export function mediaOf(leg: Leg): Media {
  if (leg instanceof MediaCommands) return leg.media;
  throw new OutdialError('INTERNAL', 'a leg of another telephony');
}

/** The media commands of a leg. The endpoint of an ended leg may already serve another: then they have no effect. */
export abstract class MediaCommands {
  protected readonly session: MediaSession;
  /** Takes keys that come by another way than the media. */
  protected readonly digits = new DigitMerger((digit, way) => this.#tellDigit(digit, way));
  /** For the telephony: legs that are to be bridged have media of one maker. */
  readonly media: Media;
  /** The leg that it is bridged with. */
  #bridged: MediaCommands | null = null;
  readonly #jobId: string;
  readonly #digitListeners = new Set<(digit: string) => void>();

  protected constructor(media: Media, jobId: string) {
    this.media = media;
    this.#jobId = jobId;
    this.session = new MediaSession(media);
    media.onDigit((digit) => this.digits.take(digit, 'media'));
  }

  protected abstract get mediaPhase(): MediaPhase;
  /** Connecting has ended; null: without a problem. */
  protected abstract mediaConnected(problem: string | null): void;

  /** Sends a key by SIP INFO. */
  protected abstract inform(digit: string, timing: DigitTiming): Promise<SendEnd>;

  get isOnHold(): boolean {
    return this.session.isOnHold;
  }

  connectMedia(): void {
    if (this.mediaPhase === 'over') return;
    this.session.connect().then(
      () => this.mediaConnected(null),
      ({ message }: Error) => this.mediaConnected(message),
    );
  }

  get hearing(): Hearing {
    return this.media.hearing;
  }

  async play(source: string): Promise<PlayEnd> {
    return this.mediaPhase === 'answered' ? this.media.play(source) : { outcome: 'stopped' };
  }

  async bridge(other: Leg): Promise<string | null> {
    if (!(other instanceof MediaCommands)) return 'it is no leg of this telephony';
    if (this.mediaPhase !== 'answered' || other.mediaPhase !== 'answered') return 'one of the legs is over';
    this.unbridge();
    other.unbridge();
    try {
      await this.media.bridge(other.media);
    } catch (error) {
      return (error as Error).message;
    }
    this.#bridged = other;
    other.#bridged = this;
    return null;
  }

  unbridge(): void {
    const other = this.#bridged;
    if (other === null) return;
    this.#bridged = null;
    other.#bridged = null;
    if (this.mediaPhase === 'answered') this.media.unbridge();
  }

  stopPlaying(): void {
    if (this.mediaPhase === 'answered') this.media.stopPlaying();
  }

  async record(path: string, sides: RecordedSides): Promise<LegRecording | { problem: string }> {
    return this.mediaPhase === 'answered' ? this.media.record(path, sides) : { problem: 'the call is over' };
  }

  async sendDigit(digit: string, timing: DigitTiming): Promise<SendEnd> {
    if (this.mediaPhase !== 'answered') return { outcome: 'stopped' };
    return this.session.takesEvents ? this.media.sendDigit(digit, timing) : this.inform(digit, timing);
  }

  openBot(options: BotOptions): Bot {
    return this.media.openBot(options, this.#jobId);
  }

  onDigit(listener: (digit: string) => void): () => void {
    this.#digitListeners.add(listener);
    return () => void this.#digitListeners.delete(listener);
  }

  earlyMedia(): Promise<EarlyMedia | null> {
    return this.media.earlyMedia();
  }

  quality(): Promise<CallQuality | null> {
    return this.media.quality();
  }

  async packetsReceived(): Promise<number | null> {
    return this.mediaPhase === 'answered' ? this.media.packetsReceived() : null;
  }

  #tellDigit(digit: string, way: DigitWay): void {
    if (this.mediaPhase === 'over') return;
    const bridged = this.#bridged;
    if (bridged !== null && !this.#isHeardBy(bridged, way)) void bridged.sendDigit(digit, PASSED_ON);
    for (const listener of this.#digitListeners) listener(digit);
  }

  /** Whether the media itself lets the other far end have a key: as a telephone event, or as the tone that it is. */
  #isHeardBy(other: MediaCommands, way: DigitWay): boolean {
    return way === 'media' && (other.session.takesEvents || !this.session.takesEvents);
  }
}
