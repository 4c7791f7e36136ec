import type { Signal } from './events.js';
import { type Frame, HOP_MS } from './frame.js';
import type { SoundHistory } from './sound-history.js';
import { isLevel, isSteady, type Tone } from './tone-tracker.js';

/** A beep is held back this long after its end: it might be the first of three special information tones, */
const BEEP_HELD_MS = 160;
/** or, when nobody has spoken before it, the first of a row of busy tones. */
const LONE_BEEP_HELD_MS = 1100;
/** A beep of 150 ms is not an accident of speech. */
const BEEP_SHORTEST_MS = 140;
const BEEP_LONGEST_MS = 1250;
/** How far the sound falls off on both sides of a beep; a note of music or a vowel runs into the next. */
const BEEP_STEP_DB = 7;
/** A low vowel may pass for a beat, but not for this long. */
const BEATING_SURE_MS = 300;
const BEEP_REST_DB = 3;
const PURE = 0.9;
/** As pure as this for more than so much of it, a tone is no voice. */
const PURE_ENOUGH = 0.6;
const FAINT_DB = 15;
/** Below this are the first harmonics of the mains. */
const LOWEST_SIGNAL_HZ = 330;
/** Shorter than the 450 ms between the phase reversals of ANSam. */
const CED_CERTAIN_MS = 380;
const V21_CERTAIN_MS = 350;
const RINGBACK_CERTAIN_MS = 620;
const RING_LONGEST_MS = 2300;
const SPOKEN_BEFORE_MS = 250;

/** A tone that has ended, as kept for its place in a cadence. */
interface Past {
  startMs: number;
  endMs: number;
  hz: number;
}

/** The names and cadences of tones: which signal a tone is, or becomes, with those before it. */
export class Signals {
  /** A tone that has ended and may prove to be a beep. */
  isBeepPending = false;
  /** When in-band ringing was last heard, -1 if never. */
  rangUntilMs = -1;
  /** The tone behind the last signal returned. */
  startMs = 0;
  endMs = 0;
  firstHz = 0;
  secondHz = 0;
  readonly #history: SoundHistory;
  readonly #past: Past = { startMs: -1e6, endMs: -1e6, hz: 0 };
  #equalPeriods = 0;
  #sitStage = 0;
  #v21Ms = 0;
  #isReported = false;
  #levelDb = 0;
  #heldMs = BEEP_HELD_MS;
  #purity = 0;
  #pureShare = 0;
  /** The level just before the tone that may prove to be a beep. */
  #beforeDb = -100;

  constructor(history: SoundHistory) {
    this.#history = history;
  }

  /** A tone has become certain. One that is far softer than a beep before it belongs to the background. */
  started(tone: Tone): void {
    this.#isReported = false;
    if (tone.levelDb > this.#levelDb - FAINT_DB) this.isBeepPending = false;
  }

  /** While a tone sounds: what it is known to be already. `spokenMs`: speech heard before it. */
  sounding(tone: Tone, spokenMs: number): Signal | null {
    if (this.#isReported || !isSteady(tone)) return null;
    const lasted = tone.endMs - tone.startMs;
    if (isNear(tone.firstHz, 2100, 40) && lasted >= CED_CERTAIN_MS) return this.#report(tone, 'ced');
    if (!this.isRinging(tone) || spokenMs >= SPOKEN_BEFORE_MS) return null;
    this.rangUntilMs = tone.endMs;
    return lasted >= RINGBACK_CERTAIN_MS ? this.#report(tone, 'ringback') : null;
  }

  /** A tone has ended. */
  ended(tone: Tone, spokenMs: number): Signal | null {
    const lasted = tone.endMs - tone.startMs;
    if (!isSteady(tone)) return null;
    const cadence = this.#cadence(tone, lasted, spokenMs);
    this.#past.startMs = tone.startMs;
    this.#past.endMs = tone.endMs;
    this.#past.hz = tone.firstHz;
    if (cadence !== null) return this.#report(tone, cadence);
    if (this.#isReported) return null;
    if (
      isNear(tone.firstHz, 1100, 42) &&
      tone.secondHz === 0 &&
      spokenMs < SPOKEN_BEFORE_MS &&
      lasted >= 380 &&
      lasted <= 650
    )
      return this.#report(tone, 'cng');
    this.isBeepPending = this.#mayBeBeep(tone, lasted, spokenMs);
    this.#heldMs = spokenMs < SPOKEN_BEFORE_MS ? LONE_BEEP_HELD_MS : BEEP_HELD_MS;
    this.#take(tone);
    return null;
  }

  /** Every frame: signals that no steady tone carries, and beeps that have proved themselves. */
  push(frame: Frame, nowMs: number): Signal | null {
    // A lone beep in V.21's band is one peak; the keyed carrier has two.
    const isV21 = frame.levelDb > -58 && frame.v21Share > 0.85 && frame.firstShare < 0.93;
    this.#v21Ms = isV21 ? this.#v21Ms + HOP_MS : Math.max(0, this.#v21Ms - 2 * HOP_MS);
    if (this.#v21Ms === V21_CERTAIN_MS) {
      this.startMs = nowMs - V21_CERTAIN_MS;
      this.endMs = nowMs;
      this.firstHz = 1650;
      this.secondHz = 1850;
      return 'v21';
    }
    if (!this.isBeepPending || nowMs - this.endMs < this.#heldMs) return null;
    this.isBeepPending = false;
    const afterDb = this.#history.meanDb(this.endMs + 60, this.endMs + 140);
    const isClean = this.#isCleanIn(Math.max(this.#beforeDb, afterDb));
    return isClean && afterDb < this.#levelDb - BEEP_STEP_DB ? 'beep' : null;
  }

  /** What is not tone in a beep is no louder than the background is without it; a voice's harmonics are. */
  #isCleanIn(backgroundDb: number): boolean {
    const restDb = this.#levelDb + 10 * Math.log10(1.0001 - this.#purity);
    return this.#pureShare > PURE_ENOUGH || restDb < backgroundDb + BEEP_REST_DB;
  }

  /** Its frequencies are those of ringing, somewhere. */
  isRinging(tone: Tone): boolean {
    return inRingBand(tone.firstHz) && (tone.secondHz === 0 || inRingBand(tone.secondHz));
  }

  /** A tone of the line itself: low, or far softer than the voice. */
  isHum(tone: Tone): boolean {
    return tone.firstHz < LOWEST_SIGNAL_HZ || this.#isFaint(tone);
  }

  /** A tone that sounds may turn out to be a beep or ringing: it has not gone on for too long. */
  mayBecomeSignal(tone: Tone): boolean {
    if (this.isHum(tone)) return false;
    return tone.endMs - tone.startMs <= (this.isRinging(tone) ? RING_LONGEST_MS : BEEP_LONGEST_MS);
  }

  /** Far softer than the voice. */
  #isFaint(tone: Tone): boolean {
    return tone.levelDb < this.#history.peakDb() - FAINT_DB;
  }

  #mayBeBeep(tone: Tone, lasted: number, spokenMs: number): boolean {
    if (lasted < BEEP_SHORTEST_MS || lasted > BEEP_LONGEST_MS) return false;
    if (!inBeepBand(tone.firstHz) || (tone.secondHz !== 0 && !inBeepBand(tone.secondHz))) return false;
    if (!isLevel(tone) && lasted < BEATING_SURE_MS) return false;
    // A note of the background: a beep is about as loud as the voice.
    if (tone.purity < PURE && this.#isFaint(tone)) return false;
    if (this.isRinging(tone) && spokenMs < SPOKEN_BEFORE_MS) return false;
    this.#beforeDb = this.#history.meanDb(tone.startMs - 100, tone.startMs - 40);
    return tone.startMs < 100 || this.#beforeDb < tone.levelDb - BEEP_STEP_DB;
  }

  /** What the tone is as the latest of a row. */
  #cadence(tone: Tone, lasted: number, spokenMs: number): Signal | null {
    const past = this.#past;
    const gap = tone.startMs - past.endMs;
    const pastLasted = past.endMs - past.startMs;
    this.#sitStage = sitStage(this.#sitStage, tone.firstHz, lasted, gap);
    if (this.#sitStage === 3) return 'sit';
    const isSame = isNear(tone.firstHz, past.hz, 32) && isNear(lasted, pastLasted, 60);
    if (isSame && isNear(gap, lasted, 70) && isBusy(tone, lasted)) this.#equalPeriods++;
    else this.#equalPeriods = 0;
    if (this.#equalPeriods === 2) return 'busy';
    // The double ring of the UK, whose bursts are each too short to be sure of.
    if (
      isSame &&
      this.isRinging(tone) &&
      spokenMs < SPOKEN_BEFORE_MS &&
      isNear(lasted, 400, 60) &&
      isNear(gap, 200, 50)
    )
      return 'ringback';
    return null;
  }

  #report(tone: Tone, signal: Signal): Signal {
    this.#isReported = true;
    this.#take(tone);
    return signal;
  }

  #take(tone: Tone): void {
    this.startMs = tone.startMs;
    this.endMs = tone.endMs;
    this.firstHz = tone.firstHz;
    this.secondHz = tone.secondHz;
    this.#levelDb = tone.levelDb;
    this.#purity = tone.corePurity;
    this.#pureShare = tone.pureShare;
  }
}

/** How many tones of ITU-T E.180's rising three have been heard, the one that has just ended included. */
function sitStage(stage: number, hz: number, lasted: number, gap: number): number {
  if (lasted < 200 || lasted > 460) return 0;
  if (stage === 1 && gap < 90 && isNear(hz, 1400, 80)) return 2;
  if (stage === 2 && gap < 90 && isNear(hz, 1777, 60)) return 3;
  return isNear(hz, 950, 80) ? 1 : 0;
}

/** As busy and congestion tones are anywhere (ITU-T E.180). */
function isBusy({ firstHz }: Tone, lasted: number): boolean {
  return firstHz >= 340 && firstHz <= 680 && lasted >= 170 && lasted < 700;
}

function inBeepBand(hz: number): boolean {
  return hz >= 385 && hz <= 2050;
}

/** The frequencies of ringing, anywhere. */
export function inRingBand(hz: number): boolean {
  return hz >= 370 && hz <= 505;
}

function isNear(value: number, target: number, tolerance: number): boolean {
  return Math.abs(value - target) <= tolerance;
}
