import { DtmfDetector } from '@outdial/lsd';
import type { AudioSink } from './audio-sink.js';

/** Finds digits in the audio, of far ends that send them as tones. What was lost is left out, so that it ends no digit. */
export class InBandDigits implements AudioSink {
  readonly #detector: DtmfDetector;

  constructor(onDigit: (digit: string) => void) {
    this.#detector = new DtmfDetector(onDigit);
  }

  audio(pcm: Int16Array): void {
    this.#detector.push(pcm);
  }

  lost(): void {}

  quiet(pcm: Int16Array): void {
    this.#detector.push(pcm);
  }
}
