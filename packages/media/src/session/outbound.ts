import { G711_CODECS, type Law, SAMPLES_A_MS, transcode } from '../codec/g711.js';
import type { CheckedRemote } from '../description.js';
import { MediaError } from '../errors.js';
import type { FrameSource } from '../play/sound.js';
import { DigitSender, type DigitTiming } from '../rtp/digit-sender.js';
import type { RtpPacket } from '../rtp/packet.js';
import type { PacketKind } from '../rtp/packet-kind.js';
import type { RtpSender } from '../rtp/sender.js';
import { parseEvent } from '../rtp/telephone-event.js';
import type { FrameClock } from '../thread/frame-clock.js';

/** While nothing is played, a packet so often keeps the way open through NATs and past media timeouts (RFC 6263). */
const KEEP_ALIVE_MS = 2000;
/** The level of the comfort noise that we send, in -dBov. */
const QUIET_LEVEL = 70;

/** How a play came to its end. */
export interface PlayEnd {
  outcome: 'finished' | 'stopped';
  playedMs: number;
}

/** Hears what is sent to the far end: recordings of both sides. */
export type OnSent = (encoded: Uint8Array, law: Law) => void;

/**
 * What is sent: digits before anything else, then what is played, then what the other leg of a bridge hears, or a voice
 * bot's stream, else a sign of life now and then. What comes first makes the others wait; only audio of the other leg does not
 * wait, and is dropped.
 */
export class Outbound {
  onSent: OnSent = () => undefined;
  /** What comes by `relay` is sent in the place of the stream. */
  #isBridged = false;
  readonly #sender: RtpSender;
  readonly #clock: FrameClock;
  readonly #digits = new DigitSender();
  #remote: CheckedRemote | null = null;
  #law: Law | null = null;
  #stream: FrameSource | null = null;
  #playing: { source: FrameSource; end: (end: PlayEnd) => void } | null = null;
  #cancel: (() => void) | null = null;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #cancelDigits: Array<(error: MediaError) => void> = [];

  constructor(sender: RtpSender, clock: FrameClock) {
    this.#sender = sender;
    this.#clock = clock;
  }

  /** `isSending`: both sides' directions let us. Otherwise time stands still for what is played. */
  configure(remote: CheckedRemote, isSending: boolean): void {
    const isNewTime = this.#remote?.ptimeMs !== remote.ptimeMs;
    const isNewPlace = this.#remote?.port !== remote.port || this.#remote.address !== remote.address;
    if (isNewPlace) this.#lastSentAt = Number.NEGATIVE_INFINITY;
    this.#remote = remote;
    this.#law = isSending ? remote.sends : null;
    if (isNewTime || this.#law === null) this.#pause();
    this.#go();
    this.sweep(performance.now());
  }

  /** Plays instead of what is playing. Resolves at the end of it; the last packet has left then. */
  play(source: FrameSource): Promise<PlayEnd> {
    this.stopPlaying();
    return new Promise((end) => {
      this.#playing = { source, end };
      if (source.isOver) this.#endPlaying('finished');
      else this.#go();
    });
  }

  /** Sends it whenever nothing else is sent, until another one, or null, is set. */
  setStream(source: FrameSource | null): void {
    this.#stream = source;
    this.#go();
  }

  get isBridged(): boolean {
    return this.#isBridged;
  }

  set isBridged(isBridged: boolean) {
    this.#isBridged = isBridged;
    this.#sender.endRelayed();
    this.#go();
  }

  /** Sends a packet of the other leg at once, unless something comes before it. */
  relay(kind: PacketKind, packet: RtpPacket): void {
    const law = this.#law;
    if (law === null || this.#digits.isBusy || this.#playing !== null) {
      this.#sender.endRelayed();
      return;
    }
    const { payloadTypes } = this.#remote as CheckedRemote;
    const type = kind === 'event' ? payloadTypes.telephoneEvent : payloadTypes[kind === 'noise' ? 'cn' : law];
    if (type === undefined) return;
    const now = performance.now();
    this.#lastSentAt = now;
    if (kind === 'event') {
      this.#sender.sendRelayed(type, packet, parseEvent(packet.payload)?.duration ?? 0, now);
    } else if (kind === 'noise') {
      this.#sender.sendRelayed(type, packet, 0, now);
    } else {
      const payload = kind === law ? packet.payload : transcode(kind, packet.payload);
      this.#sender.sendRelayed(type, packet, payload.length, now, payload);
      this.onSent(payload, law);
    }
  }

  stopPlaying(): void {
    this.#endPlaying('stopped');
  }

  /** Resolves once all were sent, with the gap after the last. Rejects with `NO_TELEPHONE_EVENT` and others. */
  sendDigits(digits: string, timing: DigitTiming): Promise<void> {
    if (this.#remote?.payloadTypes.telephoneEvent === undefined)
      return Promise.reject(new MediaError('NO_TELEPHONE_EVENT'));
    return new Promise((resolve, reject) => {
      this.#digits.add(digits, timing, () => {
        this.#cancelDigits = this.#cancelDigits.filter((cancel) => cancel !== reject);
        resolve();
      });
      this.#cancelDigits.push(reject);
      this.#go();
    });
  }

  /** Sends a sign of life when it is due. */
  sweep(nowMs: number): void {
    if (this.#law === null || this.#cancel !== null || nowMs - this.#lastSentAt < KEEP_ALIVE_MS) return;
    const { payloadTypes, ptimeMs } = this.#remote as CheckedRemote;
    this.#sender.resume(nowMs);
    this.#lastSentAt = nowMs;
    const samples = ptimeMs * SAMPLES_A_MS;
    const { cn } = payloadTypes;
    if (cn !== undefined) this.#sender.sendAudio(cn, Uint8Array.of(QUIET_LEVEL), samples);
    else this.#sendAudio(this.#law, new Uint8Array(samples).fill(G711_CODECS[this.#law].silence));
    this.#sender.skip(0);
  }

  close(): void {
    this.#pause();
    this.#law = null;
    this.#stream = null;
    this.stopPlaying();
    this.#failDigits('SESSION_CLOSED');
  }

  /** Begins to send every packet time, if there is anything to send. */
  #go(): void {
    if (this.#law === null || this.#cancel !== null || !this.#hasMore) return;
    this.#sender.resume(performance.now());
    const { ptimeMs } = this.#remote as CheckedRemote;
    this.#cancel = this.#clock.every(ptimeMs, () => this.#tick(ptimeMs * SAMPLES_A_MS));
  }

  #pause(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #tick(samples: number): void {
    const law = this.#law;
    if (law === null) return;
    this.#lastSentAt = performance.now();
    if (this.#digits.isBusy) this.#sendDigit(samples);
    else if (this.#playing !== null) this.#sendPlayed(this.#playing.source, law, samples);
    else if (this.#stream !== null && !this.#isBridged) this.#sendFrom(this.#stream, law, samples);
    if (!this.#hasMore) this.#pause();
  }

  get #hasMore(): boolean {
    return this.#digits.isBusy || this.#playing !== null || (this.#stream !== null && !this.#isBridged);
  }

  #sendDigit(samples: number): void {
    const type = (this.#remote as CheckedRemote).payloadTypes.telephoneEvent;
    if (type === undefined) {
      this.#failDigits('NO_TELEPHONE_EVENT');
      return;
    }
    const event = this.#digits.next(samples, this.#sender.timestamp);
    if (event === null) this.#sender.skip(samples);
    else this.#sender.sendEvent(type, event, samples);
  }

  #sendPlayed(source: FrameSource, law: Law, samples: number): void {
    this.#sendFrom(source, law, samples);
    if (source.isOver) this.#endPlaying('finished');
  }

  #sendFrom(source: FrameSource, law: Law, samples: number): void {
    const frame = new Uint8Array(samples);
    if (source.read(law, frame)) this.#sendAudio(law, frame);
    else this.#sender.skip(samples);
  }

  #sendAudio(law: Law, frame: Uint8Array): void {
    const type = (this.#remote as CheckedRemote).payloadTypes[law] as number;
    this.#sender.sendAudio(type, frame, frame.length);
    this.onSent(frame, law);
  }

  #endPlaying(outcome: PlayEnd['outcome']): void {
    const playing = this.#playing;
    this.#playing = null;
    playing?.end({ outcome, playedMs: playing.source.playedMs });
  }

  #failDigits(code: 'SESSION_CLOSED' | 'NO_TELEPHONE_EVENT'): void {
    this.#digits.clear();
    for (const cancel of this.#cancelDigits) cancel(new MediaError(code));
    this.#cancelDigits = [];
  }
}
