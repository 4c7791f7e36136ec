import { type Frame, HOP_MS } from './frame.js';
import { LevelStatistics } from './level-statistics.js';

/** Number of frames kept: more than the longest time limit. */
const CAPACITY = 1152;
const LOWEST_DB = -75;
const MAX_SEGMENTS = 48;

/** Speech is at least this far above the background, and at most this far below the peaks. */
const ABOVE_FLOOR_DB = 7;
const BELOW_PEAK_DB = 30;
/** The valleys of speech are not background: the threshold is at least this far below the peaks. */
const LEAST_DEPTH_DB = 10;
const QUIETEST_DB = -60;
/** The probability of speech that is needed; a much lower one is enough far above the background. */
const PROBABLE = 0.3;
const POSSIBLE = 0.02;
const FAR_ABOVE_FLOOR_DB = 22;
/** Until the net has classified a frame, only its level counts. */
const UNCLASSIFIED = 1;
/** Shorter pauses are part of a segment; shorter isolated sounds are clicks. */
const BRIDGE_MS = 180;
const CLICK_MS = 80;
/** The analysis window extends a sound by this much. */
const EDGE_MS = 30;
/** Sound within this distance of the peaks is as loud as speech. */
const AS_LOUD_DB = 12;

/** A stretch of speech, in milliseconds of audio. */
export interface Segment {
  startMs: number;
  endMs: number;
  /** Duration without the pauses, in milliseconds. */
  loudMs: number;
}

/**
 * The last 11 s of audio: levels, tones, and the net's probabilities of speech. `segment` recomputes the
 * threshold between speech and background over all of it, because the background is known only after some
 * time: what looked like speech in the first half second may turn out to be traffic.
 */
export class SoundHistory {
  readonly segments: Segment[] = Array.from({ length: MAX_SEGMENTS }, () => ({
    startMs: 0,
    endMs: 0,
    loudMs: 0,
  }));
  segmentCount = 0;
  /**
   * The end of the last sound that may be speech, even if it is too short for a segment; -1 when there was
   * none.
   */
  loudUntilMs = -1;
  readonly #levels = new Float32Array(CAPACITY);
  readonly #isTone = new Uint8Array(CAPACITY);
  readonly #isRinglike = new Uint8Array(CAPACITY);
  readonly #speech = new Float32Array(CAPACITY);
  readonly #statistics = new LevelStatistics(LOWEST_DB);
  #frames = 0;

  /** @param isRinglike almost all of the power is in the frequencies of ringing */
  push({ levelDb }: Frame, isRinglike: boolean): void {
    const at = this.#frames % CAPACITY;
    if (this.#frames >= CAPACITY && this.#isTone[at] === 0)
      this.#statistics.remove(this.#levels[at] as number);
    this.#levels[at] = levelDb;
    this.#isTone[at] = 0;
    this.#isRinglike[at] = isRinglike ? 1 : 0;
    this.#speech[at] = UNCLASSIFIED;
    this.#statistics.add(levelDb);
    this.#frames++;
  }

  /** Records the net's probability of speech from `startMs` up to `endMs`. */
  markSpeech(startMs: number, endMs: number, probability: number): void {
    for (let frame = this.#frameAt(startMs); frame < this.#frameAt(endMs); frame++)
      this.#speech[frame % CAPACITY] = probability;
  }

  /** Marks the audio from `startMs` up to `endMs` as a tone: neither speech nor background. */
  markTone(startMs: number, endMs: number): void {
    for (let frame = this.#frameAt(startMs); frame < this.#frameAt(endMs); frame++) {
      const at = frame % CAPACITY;
      if (this.#isTone[at] === 1) continue;
      this.#isTone[at] = 1;
      this.#statistics.remove(this.#levels[at] as number);
    }
  }

  /** True when the moment was marked as part of a tone. */
  isTone(ms: number): boolean {
    return this.#isTone[this.#frameAt(ms) % CAPACITY] === 1;
  }

  /** Milliseconds that resemble ringing from `startMs` up to `endMs`: pieces of it, when packets are lost. */
  ringlikeMs(startMs: number, endMs: number): number {
    const last = this.#frameAt(endMs);
    let frames = 0;
    for (let frame = this.#frameAt(startMs); frame < last; frame++)
      frames += this.#isRinglike[frame % CAPACITY] as number;
    return frames * HOP_MS;
  }

  /** Mean level from `startMs` up to `endMs`. */
  meanDb(startMs: number, endMs: number): number {
    const first = this.#frameAt(startMs);
    const last = this.#frameAt(endMs);
    let sum = 0;
    for (let frame = first; frame < last; frame++) sum += this.#levels[frame % CAPACITY] as number;
    return last > first ? sum / (last - first) : LOWEST_DB;
  }

  /** The level of the loudest few frames, without tones. */
  peakDb(): number {
    return this.#statistics.peakDb();
  }

  /** The level of the background, without tones. */
  floorDb(): number {
    return this.#statistics.floorDb();
  }

  /** Recomputes `segments`, `segmentCount` and `loudUntilMs`. */
  segment(): void {
    const floorDb = this.#statistics.floorDb();
    const peakDb = this.#statistics.peakDb();
    const aboveFloorDb = Math.min(floorDb + ABOVE_FLOOR_DB, peakDb - LEAST_DEPTH_DB);
    const thresholdDb = Math.max(aboveFloorDb, peakDb - BELOW_PEAK_DB, QUIETEST_DB);
    const clearDb = Math.max(thresholdDb, floorDb + FAR_ABOVE_FLOOR_DB);
    this.segmentCount = 0;
    let current: Segment | null = null;
    for (let frame = Math.max(0, this.#frames - CAPACITY); frame < this.#frames; frame++) {
      const at = frame % CAPACITY;
      const levelDb = this.#levels[at] as number;
      if (levelDb < thresholdDb || this.#isTone[at] === 1) continue;
      if ((this.#speech[at] as number) < (levelDb >= clearDb ? POSSIBLE : PROBABLE)) continue;
      const startMs = frame * HOP_MS;
      if (current === null || startMs - current.endMs >= BRIDGE_MS) {
        this.#closeSegment(current);
        current = this.segments[Math.min(this.segmentCount, MAX_SEGMENTS - 1)] as Segment;
        current.startMs = startMs;
        current.loudMs = 0;
      }
      current.loudMs += HOP_MS;
      current.endMs = startMs + HOP_MS;
    }
    this.#closeSegment(current);
    this.loudUntilMs = current?.endMs ?? -1;
  }

  /** Milliseconds of sound as loud as the speech that is neither speech nor a tone. */
  otherSoundMs(): number {
    const leastDb = this.peakDb() - AS_LOUD_DB;
    let loudMs = 0;
    let next = 0;
    for (let frame = Math.max(0, this.#frames - CAPACITY); frame < this.#frames; frame++) {
      const startMs = frame * HOP_MS;
      while (next < this.segmentCount && (this.segments[next] as Segment).endMs + EDGE_MS <= startMs) next++;
      if (next < this.segmentCount && startMs >= (this.segments[next] as Segment).startMs - EDGE_MS) continue;
      const at = frame % CAPACITY;
      if ((this.#levels[at] as number) >= leastDb && this.#isTone[at] === 0) loudMs += HOP_MS;
    }
    return loudMs;
  }

  #closeSegment(segment: Segment | null): void {
    if (segment !== null && segment.loudMs >= CLICK_MS && this.segmentCount < MAX_SEGMENTS)
      this.segmentCount++;
  }

  /** The frame at a moment, limited to the frames that are kept. */
  #frameAt(ms: number): number {
    return Math.min(this.#frames, Math.max(0, this.#frames - CAPACITY, Math.floor(ms / HOP_MS)));
  }
}
