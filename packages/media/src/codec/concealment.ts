/** What was heard last is repeated for so long, falling off, and then there is nothing: 60 ms. */
const REPEATED_SAMPLES = 480;
/** A packet of 20 ms. */
const REMEMBERED_SAMPLES = 160;

/**
 * Stands in for lost audio where samples are needed all the same (the detector, a recording): the last 20 ms again,
 * fading over 60 ms, so that a tone or a vowel is not cut to pieces. The same idea as ITU-T G.711 appendix I, without
 * its search for the pitch.
 */
export class Concealment {
  readonly #last = new Int16Array(REMEMBERED_SAMPLES);
  #concealed = 0;

  /** Remembers what was heard. */
  heard(pcm: Int16Array): void {
    this.#concealed = 0;
    const { length } = pcm;
    if (length === REMEMBERED_SAMPLES) this.#last.set(pcm);
    else if (length > REMEMBERED_SAMPLES) this.#last.set(pcm.subarray(length - REMEMBERED_SAMPLES));
    else {
      this.#last.copyWithin(0, length);
      this.#last.set(pcm, REMEMBERED_SAMPLES - length);
    }
  }

  /** Fills with what may have been there. */
  fill(out: Int16Array): void {
    for (let n = 0; n < out.length; n++) {
      const gain = Math.max(0, 1 - this.#concealed / REPEATED_SAMPLES);
      out[n] = (this.#last[this.#concealed % REMEMBERED_SAMPLES] as number) * gain;
      this.#concealed += 1;
    }
  }
}
