import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
/** What the build has compressed, in the order of preference. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

/** A file for browsers. */
export interface StaticFile {
  type: string;
  etag: string;
  /** The name has a digest of the content, so it never changes. */
  isHashed: boolean;
  content: Buffer;
  /** By content encoding. */
  compressed: ReadonlyMap<string, Buffer>;
}

/**
 * Reads every file of a directory into memory, which are few. Only these are ever served, whatever a request's path says. Empty
 * when the directory was not built.
 */
export function readStaticFiles(directory: string): ReadonlyMap<string, StaticFile> {
  if (!existsSync(directory)) return new Map();
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((path) =>
    path.replaceAll('\\', '/'),
  );
  return new Map(
    paths.flatMap((path) => {
      const type = TYPES[extname(path)];
      if (type === undefined) return [];
      const content = readFileSync(`${directory}${path}`);
      const compressed = ENCODINGS.filter(({ suffix }) => paths.includes(`${path}${suffix}`)).map(
        ({ name, suffix }) => [name, readFileSync(`${directory}${path}${suffix}`)] as const,
      );
      const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
      return [
        [
          path,
          { type, etag, isHashed: path.startsWith('assets/'), content, compressed: new Map(compressed) },
        ],
      ];
    }),
  );
}

/** How the file is sent to whoever accepts these encodings. */
export function encodedFor(file: StaticFile, accepted: string): { encoding: string | null; content: Buffer } {
  for (const { name } of ENCODINGS) {
    const content = file.compressed.get(name);
    if (
      content !== undefined &&
      new RegExp(`(?:^|[ ,])${name}(?!;q=0(?:\\.0+)?(?:,|$))(?:[ ;,]|$)`).test(accepted)
    )
      return { encoding: name, content };
  }
  return { encoding: null, content: file.content };
}

/** Sends a file, under the given content security policy. */
export function sendStaticFile(
  file: StaticFile,
  { request, reply, policy }: { request: FastifyRequest; reply: FastifyReply; policy: string },
): FastifyReply {
  reply.headers({
    'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': policy,
    etag: file.etag,
    vary: 'accept-encoding',
  });
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  const { encoding, content } = encodedFor(file, request.headers['accept-encoding'] ?? '');
  if (encoding !== null) reply.header('content-encoding', encoding);
  return reply.type(file.type).send(content);
}
