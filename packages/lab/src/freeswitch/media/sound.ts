import { resolve } from 'node:path';
import { type AudioSource, fromPcm, looped, sequence, silence } from '../../media/audio-source.js';
import { readWav } from '../../media/wav.js';
import { teletone } from './teletone.js';

/**
 * Opens the argument of `playback`: `tone_stream://spec[;loops=n]`, `silence_stream://ms[,factor]` (for ever
 * when negative), or a WAV file. Null when it does not exist.
 */
export async function openSound(file: string, directory: string): Promise<AudioSource | null> {
  const bare = file.replace(/^(?:\{[^}]*\}\s*)+/, '');
  const [, scheme, rest = ''] = /^(\w+):\/\/(.*)$/s.exec(bare) ?? [];
  if (scheme === 'tone_stream') return toneStream(rest);
  if (scheme === 'silence_stream') return silenceStream(rest);
  if (scheme !== undefined) return null;
  const path = resolve(directory, bare);
  try {
    return fromPcm(await readWav(/\.\w+$/.test(path) ? path : `${path}.wav`));
  } catch {
    return null;
  }
}

function toneStream(specification: string): AudioSource {
  const [, spec = '', loops = '0'] = /^(.*?)(?:;loops=(-?\d+))?$/is.exec(specification) ?? [];
  const pcm = teletone(spec);
  const times = Number(loops);
  if (pcm.length === 0) return fromPcm(pcm);
  if (times < 0) return looped(pcm);
  return sequence(...Array.from({ length: Math.min(1000, Math.max(1, times)) }, () => fromPcm(pcm)));
}

function silenceStream(specification: string): AudioSource | null {
  const milliseconds = Number.parseInt(specification, 10) || 0;
  if (milliseconds === 0) return null;
  return milliseconds < 0 ? silence() : silence(milliseconds);
}
