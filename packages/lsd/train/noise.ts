import type { Random } from './random.js';

/** Noise through a one-pole low-pass filter. @param colour 0 is white noise; closer to 1 is darker */
export function coloured(random: Random, length: number, colour: number): Float32Array {
  const noise = new Float32Array(length);
  let value = 0;
  for (let n = 0; n < length; n++) {
    value = colour * value + (1 - colour) * 2000 * random.normal();
    noise[n] = value;
  }
  return noise;
}

/**
 * Modulates the level of noise, as of passing cars. @param depth in nepers; 2 gives bursts with silence
 * between them
 */
export function modulate(random: Random, noise: Float32Array, depth: number): Float32Array {
  let swell = 0;
  let target = 0;
  for (let n = 0; n < noise.length; n++) {
    if (n % 2000 === 0) target = depth * random.normal();
    swell += (target - swell) / 1500;
    noise[n] = (noise[n] as number) * Math.exp(swell);
  }
  return noise;
}
