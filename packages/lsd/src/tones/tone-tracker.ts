import { type Frame, HOP_MS } from '../audio/frame.js';

/** The two strongest peaks of a tone have at least this share of the power. */
const TONAL_SHARE = 0.8;
const QUIETEST_DB = -58;
/**
 * The measured frequency of a tone moves by up to this much; close pairs (440 + 480 Hz) beat against each
 * other.
 */
const STEADY_HZ = 14;
const BEATING_HZ = 45;
const BEATING_BELOW_HZ = 520;
/** A tone is recognised after this time. */
const CERTAIN_MS = 110;
/** A piece of a tone that was interrupted a short time ago is recognised sooner. */
const EXPECTED_MS = 40;
const EXPECTED_FOR_MS = 1000;
/** Shorter gaps, from lost packets or phase reversals, do not end a tone. */
const GAP_MS = 40;
/** At a phase jump, the measured peak is off by up to this much. */
const JUMP_HZ = 45;
/** With more than this share of the power in the peaks, there is almost no other sound. */
const PURE_SHARE = 0.985;
/** A tone begins and ends where its level is this far below its maximum. */
const EDGE_DB = 3;
const DIP_DB = 9;
const ONSET_FRAMES = 12;
/** The first frames of a tone are its onset, and not steady yet. */
const UNSTEADY_FRAMES = 3;

/**
 * A tone with one or two frequencies. Times are in milliseconds of audio; `endMs` is the end of the last
 * frame so far.
 */
export interface Tone {
  startMs: number;
  endMs: number;
  firstHz: number;
  /** 0 when single. */
  secondHz: number;
  levelDb: number;
  /** Mean change of frequency and level from frame to frame, and mean share of the power. */
  driftHz: number;
  rippleDb: number;
  purity: number;
  /** The same without the edges of the tone, which spread over the spectrum. */
  corePurity: number;
  /** Share of the frames with almost no other sound; more than half even when packets are lost. */
  pureShare: number;
}

export type ToneChange = 'none' | 'started' | 'ended';

/**
 * Tracks the strongest spectral peak while its frequency is steady. Vowels and notes of music are tracked
 * too.
 */
export class ToneTracker {
  /** The current or the last tone; overwritten in place. */
  readonly tone: Tone = {
    startMs: 0,
    endMs: 0,
    firstHz: 0,
    secondHz: 0,
    levelDb: -100,
    driftHz: 0,
    rippleDb: 0,
    purity: 0,
    corePurity: 0,
    pureShare: 0,
  };
  isSounding = false;
  readonly #onsetDb = new Float32Array(ONSET_FRAMES);
  #frames = 0;
  #dualFrames = 0;
  #coreFrames = 0;
  #secondHzSum = 0;
  #lastHz = 0;
  #lastDb = 0;
  #nowMs = 0;
  #expectedHz = 0;
  #expectedUntilMs = 0;

  /** Takes the next frame. `started` and `ended` refer to `tone`. */
  push(frame: Frame): ToneChange {
    this.#nowMs += HOP_MS;
    if (this.#frames > 0 && this.#continues(frame)) return this.#extend(frame);
    if (this.#frames > 0 && this.#nowMs - this.tone.endMs <= GAP_MS && this.#isDisturbed(frame))
      return 'none';
    const hasEnded = this.isSounding;
    this.isSounding = false;
    this.#frames = 0;
    if (hasEnded) return 'ended';
    if (isTonal(frame)) this.#begin(frame);
    return 'none';
  }

  #continues(frame: Frame): boolean {
    const tone = this.tone;
    if (this.#isDip(frame)) return false;
    const tolerance = tone.firstHz < BEATING_BELOW_HZ ? BEATING_HZ : STEADY_HZ;
    if (Math.abs(frame.firstHz - tone.firstHz) <= tolerance) return true;
    // The peaks of a dual tone may swap. A far louder sound is another tone over the hum of the line.
    const isFarLouder = this.isSounding && frame.levelDb > tone.levelDb + DIP_DB;
    return tone.secondHz > 0 && !isFarLouder && Math.abs(frame.secondHz - tone.firstHz) <= tolerance;
  }

  /** The tone may go on after a disturbance. */
  #isDisturbed(frame: Frame): boolean {
    const hasJumped = this.isSounding && Math.abs(frame.firstHz - this.tone.firstHz) <= JUMP_HZ;
    return hasJumped || this.#isDip(frame);
  }

  /** A lost packet, a phase reversal, or the trough of a beat. */
  #isDip(frame: Frame): boolean {
    return !isTonal(frame) || frame.levelDb < this.tone.levelDb - DIP_DB;
  }

  #begin(frame: Frame): void {
    const tone = this.tone;
    tone.startMs = this.#nowMs - HOP_MS;
    tone.firstHz = frame.firstHz;
    tone.secondHz = 0;
    tone.levelDb = -100;
    tone.driftHz = 0;
    tone.rippleDb = 0;
    tone.purity = 0;
    tone.corePurity = 0;
    tone.pureShare = 0;
    this.#coreFrames = 0;
    this.#dualFrames = 0;
    this.#secondHzSum = 0;
    this.#extend(frame);
  }

  #extend(frame: Frame): ToneChange {
    const tone = this.tone;
    if (this.#frames < ONSET_FRAMES) this.#onsetDb[this.#frames] = frame.levelDb;
    this.#frames++;
    tone.levelDb = Math.max(tone.levelDb, frame.levelDb);
    if (frame.levelDb >= tone.levelDb - EDGE_DB) tone.endMs = this.#nowMs;
    const isSwapped = Math.abs(frame.secondHz - tone.firstHz) < Math.abs(frame.firstHz - tone.firstHz);
    const firstHz = isSwapped ? frame.secondHz : frame.firstHz;
    this.#measureSteadiness(frame, firstHz);
    tone.firstHz += (firstHz - tone.firstHz) / Math.min(this.#frames, 16);
    if (Math.min(frame.secondShare, frame.firstShare) > 0.08) {
      this.#dualFrames++;
      this.#secondHzSum += isSwapped ? frame.firstHz : frame.secondHz;
    }
    tone.secondHz = this.#dualFrames > this.#frames / 2 ? this.#secondHzSum / this.#dualFrames : 0;
    const certainMs = this.#isExpected() ? EXPECTED_MS : CERTAIN_MS;
    if (this.isSounding || tone.endMs - tone.startMs < certainMs) return 'none';
    this.#settle();
    return 'started';
  }

  /** For a while, pieces of the current tone are recognised sooner: lost packets may interrupt it. */
  expectAgain(): void {
    this.#expectedHz = this.tone.firstHz;
    this.#expectedUntilMs = this.#nowMs + EXPECTED_FOR_MS;
  }

  #isExpected(): boolean {
    const { firstHz } = this.tone;
    return this.#nowMs < this.#expectedUntilMs && Math.abs(firstHz - this.#expectedHz) < STEADY_HZ;
  }

  #measureSteadiness(frame: Frame, firstHz: number): void {
    const tone = this.tone;
    const share = frame.firstShare + frame.secondShare;
    tone.purity += (share - tone.purity) / this.#frames;
    const counted = this.#frames - UNSTEADY_FRAMES;
    if (counted > 0 && frame.levelDb >= tone.levelDb - EDGE_DB) {
      this.#coreFrames++;
      tone.corePurity += (share - tone.corePurity) / this.#coreFrames;
      tone.pureShare += ((share > PURE_SHARE ? 1 : 0) - tone.pureShare) / this.#coreFrames;
    }
    if (counted > 0) {
      tone.driftHz += (Math.abs(firstHz - this.#lastHz) - tone.driftHz) / counted;
      tone.rippleDb += (Math.abs(frame.levelDb - this.#lastDb) - tone.rippleDb) / counted;
    }
    this.#lastHz = firstHz;
    this.#lastDb = frame.levelDb;
  }

  /** The tone is recognised. It started where its level first came close to its maximum. */
  #settle(): void {
    this.isSounding = true;
    const count = Math.min(this.#frames, ONSET_FRAMES);
    let n = 0;
    while (n < count && (this.#onsetDb[n] as number) < this.tone.levelDb - EDGE_DB) n++;
    this.tone.startMs += n * HOP_MS;
  }
}

function isTonal(frame: Frame): boolean {
  return frame.levelDb >= QUIETEST_DB && frame.firstShare + frame.secondShare >= TONAL_SHARE;
}

/** Two frequencies too close to be separated, as in ringing: their beat moves the level and the peak. */
function isBeating(tone: Tone): boolean {
  return tone.secondHz === 0 && tone.firstHz < BEATING_BELOW_HZ && tone.purity >= 0.975;
}

/** As steady as a generated tone in noise 10 dB below it. Few vowels and notes of music are. */
export function isSteady(tone: Tone): boolean {
  if (isBeating(tone)) return tone.driftHz <= 18 && tone.rippleDb <= 4;
  return isLevel(tone);
}

/** Steady without a beat. */
export function isLevel(tone: Tone): boolean {
  return tone.purity >= 0.86 && tone.driftHz <= 3.2 && tone.rippleDb <= 1;
}

/** Certainly a generated tone, regardless of the sound before and after it. */
export function isPure(tone: Tone): boolean {
  return tone.purity >= 0.98 && isSteady(tone);
}
