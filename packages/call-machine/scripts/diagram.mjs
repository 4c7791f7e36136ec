// Writes docs/call-machine.md from the built machine.
import { writeFile } from 'node:fs/promises';
import { describeMachine } from '../dist/diagram.js';

await writeFile(new URL('../../../docs/call-machine.md', import.meta.url), describeMachine());
