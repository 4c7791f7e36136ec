/** The lab's recordings, WAV files as its callees play them, and G.711. */
export { G711 } from '../media/g711.js';
export { formatWav, parseWav } from '../media/wav.js';
export { loadPrompts } from './prompts.js';
