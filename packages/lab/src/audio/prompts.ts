import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseWav } from '../media/wav.js';

/** The recordings in `assets/`, by name (`assets/LICENSES.md` says where each comes from). */
export const PROMPT_NAMES = [
  'hello-1',
  'hello-2',
  'hello-3',
  'hello-4',
  'name-1',
  'name-2',
  'hello-again',
  'business',
  'voicemail',
  'voicemail-no-beep',
  'voicemail-short',
  'busy-room',
] as const;
export type PromptName = (typeof PROMPT_NAMES)[number];

/** Each recording as 8 kHz samples. */
export type Prompts = Readonly<Record<PromptName, Int16Array>>;

/** The WAV file of a recording. */
export function promptFile(name: PromptName): string {
  return fileURLToPath(new URL(`../../assets/${name}.wav`, import.meta.url));
}

/** Reads all recordings: a quarter of a megabyte in all, so they stay in memory. */
export async function loadPrompts(): Promise<Prompts> {
  const entries = PROMPT_NAMES.map(async (name) => {
    return [name, parseWav(await readFile(promptFile(name))).samples] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Prompts;
}
