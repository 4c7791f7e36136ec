import type { FarEndType } from '@outdial/contract';

/** Parameters of Asterisk's AMD application, in milliseconds. */
export interface AmdSettings {
  initialSilence: number;
  greeting: number;
  afterGreetingSilence: number;
  totalAnalysisTime: number;
  minimumWordLength: number;
  betweenWordsSilence: number;
  maximumNumberOfWords: number;
  maximumWordLength: number;
  /** A frame with a lower mean absolute amplitude is silent. */
  silenceThreshold: number;
}

/** The defaults of Asterisk's source. */
export const AMD_DEFAULTS: AmdSettings = {
  initialSilence: 2500,
  greeting: 1500,
  afterGreetingSilence: 800,
  totalAnalysisTime: 5000,
  minimumWordLength: 100,
  betweenWordsSilence: 50,
  maximumNumberOfWords: 2,
  maximumWordLength: 5000,
  silenceThreshold: 256,
};

export interface AmdResult {
  farEndType: FarEndType;
  decidedAfterMs: number;
  cause: string;
}

const FRAME_MS = 20;
const FRAME = 160;

/** An independent implementation of the published algorithm of Asterisk's AMD application, as a baseline. */
export function asteriskAmd(samples: Int16Array, settings: AmdSettings = AMD_DEFAULTS): AmdResult {
  const amd = new Amd(settings);
  const frames = Math.min(Math.floor(samples.length / FRAME), settings.totalAnalysisTime / FRAME_MS);
  for (let frame = 0; frame < frames; frame++) {
    const decidedAfterMs = (frame + 1) * FRAME_MS;
    const isSilent = meanAmplitude(samples, frame * FRAME) < settings.silenceThreshold;
    const result = isSilent ? amd.addSilence() : amd.addVoice();
    if (result !== null) return { ...result, decidedAfterMs };
  }
  return { farEndType: 'UNKNOWN', decidedAfterMs: settings.totalAnalysisTime, cause: 'TOOLONG' };
}

type AmdDecision = Omit<AmdResult, 'decidedAfterMs'>;

class Amd {
  readonly #settings: AmdSettings;
  #silenceMs = 0;
  #voiceMs = 0;
  #wordMs = 0;
  #words = 0;
  #isInWord = false;
  #isInGreeting = false;

  constructor(settings: AmdSettings) {
    this.#settings = settings;
  }

  addSilence(): AmdDecision | null {
    const { betweenWordsSilence, initialSilence, afterGreetingSilence } = this.#settings;
    this.#silenceMs += FRAME_MS;
    if (this.#silenceMs >= betweenWordsSilence) {
      this.#isInWord = false;
      this.#wordMs = 0;
    }
    if (!this.#isInGreeting && this.#silenceMs >= initialSilence) return machine('INITIALSILENCE');
    if (this.#isInGreeting && this.#silenceMs >= afterGreetingSilence)
      return { farEndType: 'LIVE', cause: 'HUMAN' };
    return null;
  }

  addVoice(): AmdDecision | null {
    const { minimumWordLength, maximumWordLength, maximumNumberOfWords, greeting } = this.#settings;
    this.#silenceMs = 0;
    this.#wordMs += FRAME_MS;
    this.#voiceMs += FRAME_MS;
    if (this.#wordMs >= minimumWordLength && !this.#isInWord) {
      this.#words++;
      this.#isInWord = true;
    }
    if (this.#wordMs >= maximumWordLength) return machine('MAXWORDLENGTH');
    if (this.#words > maximumNumberOfWords) return machine('MAXWORDS');
    if (this.#isInGreeting && this.#voiceMs >= greeting) return machine('LONGGREETING');
    if (this.#voiceMs >= minimumWordLength) this.#isInGreeting = true;
    return null;
  }
}

function machine(cause: string): AmdDecision {
  return { farEndType: 'ANSWER_MACHINE', cause };
}

function meanAmplitude(samples: Int16Array, from: number): number {
  let sum = 0;
  for (let n = from; n < from + FRAME; n++) sum += Math.abs(samples[n] as number);
  return sum / FRAME;
}
