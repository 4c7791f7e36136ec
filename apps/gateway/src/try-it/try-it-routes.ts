import { fileURLToPath } from 'node:url';
import { OutdialError } from '@outdial/contract';
import { pagePolicy } from '../http/page-policy.js';
import type { App } from '../http/server.js';
import { readStaticFiles, sendStaticFile } from '../http/static-files.js';

/** Built beside the code: `dist/try-it` of this package, both for `src/` and for `dist/`. */
const DIRECTORY = fileURLToPath(new URL('../../dist/try-it/', import.meta.url));

/** RapiDoc has its styles in its elements. No script runs but the files of this page. */
const CONTENT_SECURITY_POLICY = pagePolicy({ 'style-src': "'self' 'unsafe-inline'" });

/** `GET /try-it/`: a page to try the API. It holds no secret, so it needs no key; the description that it opens does. */
export function tryItRoutes(app: App, files = readStaticFiles(DIRECTORY)): void {
  const notes = {
    operation: 'tryIt',
    summary: 'A page to try the API',
    tag: 'Operation',
    scope: null,
    isPage: true,
  } as const;
  app.get('/try-it', { config: { notes } }, async (_, reply) => reply.redirect('/try-it/'));
  app.get('/try-it/*', { config: { notes } }, async (request, reply) => {
    const path = (request.params as { '*': string })['*'];
    const file = files.get(path === '' ? 'index.html' : path);
    if (file === undefined) throw new OutdialError('NOT_FOUND', 'the page has no such file');
    return sendStaticFile(file, { request, reply, policy: CONTENT_SECURITY_POLICY });
  });
}
