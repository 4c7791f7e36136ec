/** Writes docs/schemas/*.schema.json; run it after a change of the contract (`npm run schemas -w packages/contract`). */
import { writeFileSync } from 'node:fs';
import { jsonSchemas } from './json-schemas.mjs';

for (const [name, text] of Object.entries(jsonSchemas()))
  writeFileSync(new URL(`../../../docs/schemas/${name}`, import.meta.url), text);
