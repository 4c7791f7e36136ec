import { fileURLToPath } from 'node:url';
import { OutdialError } from '@outdial/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pagePolicy } from '../http/page-policy.js';
import type { App } from '../http/server.js';
import { readStaticFiles, sendStaticFile } from '../http/static-files.js';

/** The built board: `dist/web` of this package, both for `src/` and for `dist/`. */
const DIRECTORY = fileURLToPath(new URL('../../dist/web/', import.meta.url));

/** Recordings are played from the gateway, and from memory. */
const CONTENT_SECURITY_POLICY = pagePolicy({ 'media-src': "'self' blob:" });

/** The files of the live board under `/board/`. They hold no secret, so they need no key; what they show does. */
export function boardRoutes(app: App, files = readStaticFiles(DIRECTORY)): void {
  const page = (
    path: string,
    serve: (path: string, request: FastifyRequest, reply: FastifyReply) => unknown,
  ) =>
    app.get(
      path,
      {
        config: {
          notes: {
            operation: 'board',
            summary: 'The live board',
            tag: 'Operation',
            scope: null,
            isPage: true,
          },
        },
      },
      async (request, reply) => serve((request.params as { '*'?: string })['*'] ?? '', request, reply),
    );
  page('/', (_, __, reply) => reply.redirect('/board/'));
  page('/board', (_, __, reply) => reply.redirect('/board/'));
  page('/board/*', (path, request, reply) => {
    // Every other address is a screen, which the page itself finds.
    const file = files.get(path) ?? (path.startsWith('assets/') ? undefined : files.get('index.html'));
    if (file === undefined)
      throw new OutdialError(
        'NOT_FOUND',
        files.size === 0 ? 'the board was not built: npm run build' : 'the board has no such file',
      );
    return sendStaticFile(file, { request, reply, policy: CONTENT_SECURITY_POLICY });
  });
}
