import { type G711, G711_CODECS, SAMPLES_A_MS } from '../codec/g711.js';
import type { PayloadTypes } from '../description.js';
import type { OrderedSink } from '../jitter/jitter-buffer.js';
import { StreamClock } from '../jitter/stream-clock.js';
import { ComfortNoise } from '../rtp/comfort-noise.js';
import type { RtpPacket } from '../rtp/packet.js';
import { kindOf } from '../rtp/packet-kind.js';
import type { AudioSink } from './audio-sink.js';

/** Noise is filled in by the clock this far behind it, so that packets on their way find their place. */
const FILL_LAG_MS = 200;
/** A far end that was heard and has sent nothing for so long counts as silent, whatever the reason. */
const GONE_MS = 1000;
/** More than this at once of nothing (lost or quiet) only moves the position: 10 s. */
const LONGEST_FILL = 80_000;
const FRAME = 160;

/** Work space, never kept: one packet of any size that UDP carries here, and a frame of noise. */
const decoded = new Int16Array(2048);
const noiseFrame = new Int16Array(FRAME);

/** Turns ordered packets into audio, lost samples and quiet, each at its position in the stream. */
export class StreamDecoder implements OrderedSink {
  readonly clock = new StreamClock();
  readonly #sinks: ReadonlySet<AudioSink>;
  readonly #noise = new ComfortNoise();
  #payloadTypes: PayloadTypes = {};
  #pendingLost = 0;
  #packetSamples = FRAME;
  /** The far end has said that it sends nothing for now, by comfort noise. */
  #isQuiet = false;
  /** It was seen to leave out silence without saying so: when nothing comes from it, it is silent. */
  #leavesOutSilence = false;
  #isAfterEvent = false;
  /** Audio has come since the stream began, or was heard again after a hold. */
  #hasBegun = false;
  #isGone = false;
  #heardSamples = 0;
  #lastAt = 0;
  #now: () => number;

  constructor(sinks: ReadonlySet<AudioSink>, now: () => number = () => performance.now()) {
    this.#sinks = sinks;
    this.#now = now;
  }

  /** Audio that came, in ms. */
  get heardMs(): number {
    return Math.round(this.#heardSamples / SAMPLES_A_MS);
  }

  negotiate(payloadTypes: PayloadTypes): void {
    this.#payloadTypes = payloadTypes;
  }

  packet(packet: RtpPacket): void {
    this.#lastAt = this.#now();
    this.#isGone = false;
    const kind = kindOf(packet.payloadType, this.#payloadTypes);
    if (kind === 'pcmu' || kind === 'pcma') this.#takeAudio(G711_CODECS[kind], packet);
    else if (kind === 'event') this.#isAfterEvent = true;
    else if (kind === 'noise') this.#takeNoise(packet);
  }

  lost(packets: number): void {
    this.#pendingLost += packets;
  }

  restarted(): void {
    this.clock.restart();
    this.#noise.reset();
    this.#pendingLost = 0;
    this.#isQuiet = false;
    this.#leavesOutSilence = false;
    this.#hasBegun = false;
    this.#isGone = false;
  }

  /** While the far end suppresses silence, or is gone, its time goes on by ours. */
  sweep(nowMs: number): void {
    if (this.#hasBegun && nowMs - this.#lastAt > GONE_MS) this.#isGone = true;
    if (!this.#isQuiet && !this.#leavesOutSilence && !this.#isGone) return;
    const due = Math.floor((nowMs - this.#lastAt - FILL_LAG_MS) / 20) * FRAME;
    if (due <= 0) return;
    this.#lastAt += due / SAMPLES_A_MS;
    this.clock.pass(due);
    this.#fillQuiet(due);
  }

  #takeAudio(codec: G711, { payload, timestamp }: RtpPacket): void {
    const samples = Math.min(payload.length, decoded.length);
    if (samples === 0) return;
    this.#fillGap(this.clock.gapBefore(timestamp));
    this.#isQuiet = false;
    this.#hasBegun = true;
    this.#packetSamples = samples;
    const pcm = decoded.subarray(0, samples);
    codec.decode(payload, pcm);
    const at = this.clock.end;
    this.clock.place(timestamp, samples);
    this.#heardSamples += samples;
    for (const sink of this.#sinks) sink.audio(pcm, at);
  }

  #takeNoise({ payload, timestamp }: RtpPacket): void {
    this.#fillGap(this.clock.gapBefore(timestamp));
    this.#noise.take(payload);
    this.clock.place(timestamp, 0);
    this.#isQuiet = true;
  }

  /** What lies between the packet before and this one: lost packets first, and the rest was not sent. */
  #fillGap(gap: number): void {
    const lost = Math.min(Math.max(0, gap), this.#pendingLost * this.#packetSamples);
    this.#pendingLost = 0;
    if (lost > 0) {
      const at = this.clock.end;
      this.clock.skip(lost);
      if (lost <= LONGEST_FILL) for (const sink of this.#sinks) sink.lost(lost, at);
    }
    // A digit leaves a gap in the audio too.
    if (gap > lost && lost === 0 && !this.#isAfterEvent) this.#leavesOutSilence = true;
    this.#isAfterEvent = false;
    if (gap > lost) this.#fillQuiet(gap - lost);
  }

  #fillQuiet(samples: number): void {
    if (samples > LONGEST_FILL) {
      this.clock.skip(samples);
      return;
    }
    for (let left = samples; left > 0; left -= FRAME) {
      const frame = noiseFrame.subarray(0, Math.min(FRAME, left));
      this.#noise.fill(frame);
      const at = this.clock.end;
      this.clock.skip(frame.length);
      for (const sink of this.#sinks) sink.quiet(frame, at);
    }
  }
}
