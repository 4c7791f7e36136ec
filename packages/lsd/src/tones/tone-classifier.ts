import { type Frame, HOP_MS } from '../audio/frame.js';
import type { SoundHistory } from '../audio/sound-history.js';
import type { Signal } from '../events.js';
import { isLevel, isSteady, type Tone } from './tone-tracker.js';

/**
 * A beep is reported this long after its end: until then it may be the first of three special information
 * tones.
 */
const BEEP_HELD_MS = 160;
/** Without speech before it, it may also be the first of several busy tones. */
const LONE_BEEP_HELD_MS = 1100;
/** Shorter tones occur in speech by chance. */
const BEEP_SHORTEST_MS = 140;
const BEEP_LONGEST_MS = 1250;
/**
 * The level is this much lower before and after a beep; notes of music and vowels follow each other closely.
 */
const BEEP_STEP_DB = 7;
/** A low vowel may resemble a beating tone, but not for this long. */
const BEATING_SURE_MS = 300;
const BEEP_REST_DB = 3;
const PURE = 0.9;
/** A tone that is pure for more than this share of its length is not a voice. */
const PURE_ENOUGH = 0.6;
const FAINT_DB = 15;
/** The first harmonics of mains hum are below this frequency. */
const LOWEST_SIGNAL_HZ = 330;
/** Shorter than the 450 ms between the phase reversals of ANSam. */
const CED_CERTAIN_MS = 380;
const V21_CERTAIN_MS = 350;
const RINGBACK_CERTAIN_MS = 620;
const RING_LONGEST_MS = 2300;
const SPEECH_BEFORE_MS = 250;
/** The lengths of the bursts of congestion tone, and from the second on of busy tone (ITU-T E.180). */
const FAST_SHORTEST_MS = 140;
const SLOW_SHORTEST_MS = 290;
const SLOW_LONGEST_MS = 700;

/** The previous tone, for the recognition of cadences. */
interface PreviousTone {
  startMs: number;
  endMs: number;
  hz: number;
}

/** Classifies tones as signals by frequency, length and cadence. */
export class ToneClassifier {
  /** The last tone has ended and may turn out to be a beep. */
  isBeepPending = false;
  /** The end of the last in-band ringing; -1 when there was none. */
  ringbackUntilMs = -1;
  /** The tone of the last signal returned. */
  startMs = 0;
  endMs = 0;
  firstHz = 0;
  secondHz = 0;
  readonly #history: SoundHistory;
  readonly #previous: PreviousTone = { startMs: -1e6, endMs: -1e6, hz: 0 };
  #bursts = 0;
  #rhythm: Rhythm | null = null;
  #sitStage = 0;
  #v21Ms = 0;
  #isReported = false;
  #levelDb = 0;
  #heldMs = BEEP_HELD_MS;
  #purity = 0;
  #pureShare = 0;
  /** The level just before the tone that may turn out to be a beep. */
  #beforeDb = -100;

  constructor(history: SoundHistory) {
    this.#history = history;
  }

  /**
   * A tone has been recognised. One that is far quieter than the beep before it belongs to the background.
   */
  started(tone: Tone): void {
    this.#isReported = false;
    if (tone.levelDb > this.#levelDb - FAINT_DB) this.isBeepPending = false;
  }

  /**
   * Classifies a tone while it sounds; null as long as it is not known.
   * @param speechBeforeMs milliseconds of speech before the tone
   */
  sounding(tone: Tone, speechBeforeMs: number): Signal | null {
    if (this.#isReported || !isSteady(tone)) return null;
    const lasted = tone.endMs - tone.startMs;
    if (isNear(tone.firstHz, 2100, 40) && lasted >= CED_CERTAIN_MS) return this.#report(tone, 'ced');
    if (!this.isRinging(tone) || speechBeforeMs >= SPEECH_BEFORE_MS) return null;
    this.ringbackUntilMs = tone.endMs;
    return lasted >= RINGBACK_CERTAIN_MS ? this.#report(tone, 'ringback') : null;
  }

  /** Classifies a tone that has ended; null when it is not known, or may turn out to be a beep. */
  ended(tone: Tone, speechBeforeMs: number): Signal | null {
    const lasted = tone.endMs - tone.startMs;
    if (!isSteady(tone)) return null;
    const cadence = this.#cadence(tone, lasted, speechBeforeMs);
    this.#previous.startMs = tone.startMs;
    this.#previous.endMs = tone.endMs;
    this.#previous.hz = tone.firstHz;
    if (cadence !== null) return this.#report(tone, cadence);
    // A burst more of a cadence that is known is no beep.
    if (this.#isReported || this.#bursts > 2) return null;
    if (
      isNear(tone.firstHz, 1100, 42) &&
      tone.secondHz === 0 &&
      speechBeforeMs < SPEECH_BEFORE_MS &&
      lasted >= 380 &&
      lasted <= 650
    )
      return this.#report(tone, 'cng');
    this.isBeepPending = this.#mayBeBeep(tone, lasted, speechBeforeMs);
    this.#heldMs = speechBeforeMs < SPEECH_BEFORE_MS ? LONE_BEEP_HELD_MS : BEEP_HELD_MS;
    this.#take(tone);
    return null;
  }

  /** Called for every frame: returns V.21, which is not a steady tone, and confirmed beeps. */
  push(frame: Frame, nowMs: number): Signal | null {
    // A beep in the band of V.21 has one peak; the keyed carrier has two.
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

  /** Apart from the tone, a beep is no louder than the background; the harmonics of a voice are. */
  #isCleanIn(backgroundDb: number): boolean {
    const restDb = this.#levelDb + 10 * Math.log10(1.0001 - this.#purity);
    return this.#pureShare > PURE_ENOUGH || restDb < backgroundDb + BEEP_REST_DB;
  }

  /** True when the frequencies are those of ringing in some country. */
  isRinging(tone: Tone): boolean {
    return inRingBand(tone.firstHz) && (tone.secondHz === 0 || inRingBand(tone.secondHz));
  }

  /** True for a hum of the line: low, or far quieter than the voice. */
  isHum(tone: Tone): boolean {
    return tone.firstHz < LOWEST_SIGNAL_HZ || this.#isFaint(tone);
  }

  /** True while the tone may turn out to be a beep or ringing, because it is not too long yet. */
  mayBecomeSignal(tone: Tone): boolean {
    if (this.isHum(tone)) return false;
    return tone.endMs - tone.startMs <= (this.isRinging(tone) ? RING_LONGEST_MS : BEEP_LONGEST_MS);
  }

  /** Far quieter than the voice. */
  #isFaint(tone: Tone): boolean {
    return tone.levelDb < this.#history.peakDb() - FAINT_DB;
  }

  #mayBeBeep(tone: Tone, lasted: number, speechBeforeMs: number): boolean {
    if (lasted < BEEP_SHORTEST_MS || lasted > BEEP_LONGEST_MS) return false;
    if (!inBeepBand(tone.firstHz) || (tone.secondHz !== 0 && !inBeepBand(tone.secondHz))) return false;
    if (!isLevel(tone) && lasted < BEATING_SURE_MS) return false;
    // A beep is about as loud as the voice; this is a note in the background.
    if (tone.purity < PURE && this.#isFaint(tone)) return false;
    if (this.isRinging(tone) && speechBeforeMs < SPEECH_BEFORE_MS) return false;
    this.#beforeDb = this.#history.meanDb(tone.startMs - 100, tone.startMs - 40);
    return tone.startMs < 100 || this.#beforeDb < tone.levelDb - BEEP_STEP_DB;
  }

  /** The signal that the tone completes together with those before it. */
  #cadence(tone: Tone, lasted: number, speechBeforeMs: number): Signal | null {
    const previous = this.#previous;
    const gap = tone.startMs - previous.endMs;
    const previousLasted = previous.endMs - previous.startMs;
    this.#sitStage = sitStage(this.#sitStage, tone.firstHz, lasted, gap);
    if (this.#sitStage === 3) return 'sit';
    const isSameHz = isNear(tone.firstHz, previous.hz, 32);
    const rhythm = isSameHz && isBusyHz(tone.firstHz) ? rhythmOf(previousLasted, gap, lasted) : null;
    this.#bursts = rhythm === null ? 0 : rhythm === this.#rhythm ? this.#bursts + 1 : 1;
    this.#rhythm = rhythm;
    if (this.#bursts === 2) return rhythm === 'slow' ? 'busy' : 'congestion';
    const isSame = isSameHz && isNear(lasted, previousLasted, 60);
    // The double ring of the UK: a single burst is too short to be recognised.
    if (
      isSame &&
      this.isRinging(tone) &&
      speechBeforeMs < SPEECH_BEFORE_MS &&
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

/**
 * How many of the three rising tones of ITU-T E.180 have been recognised, including the one that has just
 * ended.
 */
function sitStage(stage: number, hz: number, lasted: number, gap: number): number {
  if (lasted < 200 || lasted > 460) return 0;
  if (stage === 1 && gap < 90 && isNear(hz, 1400, 80)) return 2;
  if (stage === 2 && gap < 90 && isNear(hz, 1777, 60)) return 3;
  return isNear(hz, 950, 80) ? 1 : 0;
}

/**
 * Two bursts and the gap between them (ITU-T E.180). `slow` and `fast`: bursts as long as the gaps, of busy and of
 * congestion tone. `sparse`: bursts of 250 ms with gaps of 750 ms (Sweden's congestion tone). `uneven`: 400 ms, 350 ms of
 * silence, 225 ms, 525 ms of silence (the United Kingdom's).
 */
type Rhythm = 'slow' | 'fast' | 'sparse' | 'uneven';

function rhythmOf(previousLasted: number, gap: number, lasted: number): Rhythm | null {
  if (isNear(previousLasted, 400, 50) && isNear(gap, 350, 50) && isNear(lasted, 225, 50)) return 'uneven';
  if (isNear(previousLasted, 225, 50) && isNear(gap, 525, 60) && isNear(lasted, 400, 50)) return 'uneven';
  if (!isNear(lasted, previousLasted, 60)) return null;
  if (isNear(lasted, 250, 40) && isNear(gap, 750, 80)) return 'sparse';
  if (!isNear(gap, lasted, 70) || lasted < FAST_SHORTEST_MS || lasted >= SLOW_LONGEST_MS) return null;
  return lasted + gap < 2 * SLOW_SHORTEST_MS ? 'fast' : 'slow';
}

/** The frequencies of busy and congestion tones in all countries (ITU-T E.180). */
function isBusyHz(hz: number): boolean {
  return hz >= 340 && hz <= 680;
}

function inBeepBand(hz: number): boolean {
  return hz >= 385 && hz <= 2050;
}

/** The frequencies of ringing in all countries. */
export function inRingBand(hz: number): boolean {
  return hz >= 370 && hz <= 505;
}

function isNear(value: number, target: number, tolerance: number): boolean {
  return Math.abs(value - target) <= tolerance;
}
