import type { Random } from './random.js';

/** Adds a click in the first seconds. */
export function addClicks(random: Random, samples: Float32Array): void {
  const at = Math.floor(random.between(0, 3000));
  const length = random.between(160, 480);
  const strength = random.between(500, 6000);
  for (let n = 0; n < length; n++)
    samples[at + n] = (samples[at + n] as number) + strength * random.normal() * Math.exp((-4 * n) / length);
}

/** Replaces random packets of 20 ms by silence or by the previous packet. */
export function losePackets(random: Random, samples: Float32Array): void {
  const share = random.between(0.003, 0.05);
  const isRepeated = random.chance(0.5);
  for (let at = 160; at + 160 <= samples.length; at += 160) {
    if (!random.chance(share)) continue;
    if (isRepeated) samples.copyWithin(at, at - 160, at);
    else samples.fill(0, at, at + 160);
  }
}

/** Quantises to 16 bits with about the noise of G.711. */
export function quantise(random: Random, samples: Float32Array): Int16Array {
  const out = new Int16Array(samples.length);
  for (let n = 0; n < samples.length; n++) {
    const value = samples[n] as number;
    const grain = Math.max(4, 2 ** Math.floor(Math.log2(Math.abs(value) + 1) - 4));
    out[n] = Math.max(-32768, Math.min(32767, Math.round(value + grain * (random.next() - 0.5))));
  }
  return out;
}
