/** The lab's recordings, and WAV files as its callees play them. */
export { formatWav, parseWav } from '../media/wav.js';
export { loadPrompts } from './prompts.js';
