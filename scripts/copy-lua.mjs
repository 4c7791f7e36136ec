// Copies a package's Lua scripts from src to dist, to where its compiled code reads them. Run in the package's folder.
import { cpSync } from 'node:fs';
import { extname } from 'node:path';

cpSync('src', 'dist', {
  recursive: true,
  filter: (path) => ['', '.lua'].includes(extname(path)),
});
