/**
 * Comfort noise (RFC 3389) of a level in dBov: white noise, since the spectral part is optional for a receiver
 * (section 4) and nobody but the detector and a recording hears it.
 */
export class ComfortNoise {
  #amplitude = 0;
  #seed = 1;

  /** Takes a comfort-noise payload: its first byte is the level, 0 to 127, in -dBov (section 3.1). */
  take(payload: Uint8Array): void {
    const level = payload.length === 0 ? 127 : (payload[0] as number) & 0x7f;
    // White noise between -a and a has a power of a * a / 3. 0 dBov is a square wave of full scale.
    this.#amplitude = Math.min(32_767, 32_768 * 10 ** (-level / 20) * Math.sqrt(3));
  }

  /** Nothing is known of the noise: digital silence. */
  reset(): void {
    this.#amplitude = 0;
  }

  /** Fills with noise of the level last taken. */
  fill(out: Int16Array): void {
    if (this.#amplitude < 1) {
      out.fill(0);
      return;
    }
    for (let n = 0; n < out.length; n++) {
      this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) >>> 0;
      out[n] = ((this.#seed >>> 8) / 0x80_0000 - 1) * this.#amplitude;
    }
  }
}
