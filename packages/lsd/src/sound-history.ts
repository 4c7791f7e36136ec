import { type Frame, HOP_MS } from './frame.js';
import { LevelStatistics } from './level-statistics.js';

/** Frames kept: as much audio as the longest time limit, and some. */
const CAPACITY = 1152;
const LOWEST_DB = -75;
const MAX_SEGMENTS = 48;

/** Speech stands this far above the background, and at most this far below its own peaks. */
const ABOVE_FLOOR_DB = 7;
const BELOW_PEAK_DB = 30;
/** Its own valleys are no background: the line is never drawn closer to the peaks than this. */
const LEAST_DEPTH_DB = 10;
const QUIETEST_DB = -60;
/** What the net takes for speech; what stands far above the background needs hardly any of its consent. */
const PROBABLE = 0.3;
const POSSIBLE = 0.02;
const FAR_ABOVE_FLOOR_DB = 22;
const UNJUDGED = 1;
/** Shorter pauses are part of the speech; shorter sounds, alone, are clicks. */
const BRIDGE_MS = 180;
const CLICK_MS = 80;
/** How long a sound is still heard after its end: the window is as long. */
const EDGE_MS = 30;
/** What is this near to the peaks is as loud as speech. */
const AS_LOUD_DB = 12;

/** A stretch of speech, in milliseconds of audio. */
export interface Segment {
  startMs: number;
  endMs: number;
  /** Milliseconds of it without the pauses. */
  loudMs: number;
}

/**
 * The last 11 s of sound: levels, what was a tone, and where the net heard speech. The line between speech and
 * background is drawn anew over all of it each time it is asked for: what the background is shows only with
 * time, and what was taken for speech in the first half second may turn out to be traffic.
 */
export class SoundHistory {
  readonly segments: Segment[] = Array.from({ length: MAX_SEGMENTS }, () => ({
    startMs: 0,
    endMs: 0,
    loudMs: 0,
  }));
  segmentCount = 0;
  /** The end of the last sound that may be speech, too short as yet to be a segment or not; -1 when there was none. */
  loudUntilMs = -1;
  readonly #levels = new Float32Array(CAPACITY);
  readonly #isTone = new Uint8Array(CAPACITY);
  readonly #isRinglike = new Uint8Array(CAPACITY);
  readonly #speech = new Float32Array(CAPACITY);
  readonly #statistics = new LevelStatistics(LOWEST_DB);
  #frames = 0;

  /** `isRinglike`: next to nothing was heard but frequencies of ringing. */
  push({ levelDb }: Frame, isRinglike: boolean): void {
    const at = this.#frames % CAPACITY;
    if (this.#frames >= CAPACITY && this.#isTone[at] === 0)
      this.#statistics.remove(this.#levels[at] as number);
    this.#levels[at] = levelDb;
    this.#isTone[at] = 0;
    this.#isRinglike[at] = isRinglike ? 1 : 0;
    // Until the net has judged a frame, its level alone does.
    this.#speech[at] = UNJUDGED;
    this.#statistics.add(levelDb);
    this.#frames++;
  }

  /** The net's probability that there was speech from `startMs` up to `endMs`. */
  markSpeech(startMs: number, endMs: number, probability: number): void {
    for (let frame = this.#frameAt(startMs); frame < this.#frameAt(endMs); frame++)
      this.#speech[frame % CAPACITY] = probability;
  }

  /** What sounded from `startMs` up to `endMs` was a tone, and so neither speech nor background. */
  markTone(startMs: number, endMs: number): void {
    for (let frame = this.#frameAt(startMs); frame < this.#frameAt(endMs); frame++) {
      const at = frame % CAPACITY;
      if (this.#isTone[at] === 1) continue;
      this.#isTone[at] = 1;
      this.#statistics.remove(this.#levels[at] as number);
    }
  }

  /** Whether a tone was marked at a moment. */
  isTone(ms: number): boolean {
    return this.#isTone[this.#frameAt(ms) % CAPACITY] === 1;
  }

  /** Milliseconds, from `startMs` up to `endMs`, that sounded like ringing: pieces of it, when packets are lost. */
  ringlikeMs(startMs: number, endMs: number): number {
    const last = this.#frameAt(endMs);
    let frames = 0;
    for (let frame = this.#frameAt(startMs); frame < last; frame++)
      frames += this.#isRinglike[frame % CAPACITY] as number;
    return frames * HOP_MS;
  }

  /** Mean level of the frames from `startMs` up to `endMs`. */
  meanDb(startMs: number, endMs: number): number {
    const first = this.#frameAt(startMs);
    const last = this.#frameAt(endMs);
    let sum = 0;
    for (let frame = first; frame < last; frame++) sum += this.#levels[frame % CAPACITY] as number;
    return last > first ? sum / (last - first) : LOWEST_DB;
  }

  /** The level that only the loudest few frames reach, tones left out. */
  peakDb(): number {
    return this.#statistics.peakDb();
  }

  /** The level that the quietest frames stay under, tones left out. */
  floorDb(): number {
    return this.#statistics.floorDb();
  }

  /** Finds the segments. */
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
        this.#keep(current);
        current = this.segments[Math.min(this.segmentCount, MAX_SEGMENTS - 1)] as Segment;
        current.startMs = startMs;
        current.loudMs = 0;
      }
      current.loudMs += HOP_MS;
      current.endMs = startMs + HOP_MS;
    }
    this.#keep(current);
    this.loudUntilMs = current?.endMs ?? -1;
  }

  /** Milliseconds of sound as loud as the speech that was not taken for it, tones left out. */
  rivalMs(): number {
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

  #keep(segment: Segment | null): void {
    if (segment !== null && segment.loudMs >= CLICK_MS && this.segmentCount < MAX_SEGMENTS)
      this.segmentCount++;
  }

  /** The frame that holds a moment, within what is kept. */
  #frameAt(ms: number): number {
    return Math.min(this.#frames, Math.max(0, this.#frames - CAPACITY, Math.floor(ms / HOP_MS)));
  }
}
