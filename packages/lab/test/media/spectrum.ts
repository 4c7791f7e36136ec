/** The power of one frequency in 8 kHz samples (Goertzel), as a share of all power: 1 for a pure tone. */
export function shareOf(hz: number, pcm: Int16Array): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / 8000);
  let [one, two, energy] = [0, 0, 0];
  for (const sample of pcm) {
    [one, two] = [sample + coefficient * one - two, one];
    energy += sample * sample;
  }
  const power = one * one + two * two - coefficient * one * two;
  return energy === 0 ? 0 : (2 * power) / (energy * pcm.length);
}

export function rms(pcm: Int16Array): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, pcm.length));
}
