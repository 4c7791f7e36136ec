import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { App } from '../http/server.js';
import type { CataloguedRoute } from './catalogue.js';
import { openApiDocument } from './document.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** `GET /v1/openapi.json`: what the API is, in OpenAPI 3.1. */
export function openApiRoutes(app: App, routes: readonly CataloguedRoute[]): void {
  let document: Record<string, unknown> | null = null;
  app.get(
    '/v1/openapi.json',
    {
      schema: { response: { 200: z.looseObject({ openapi: z.string() }) } },
      config: {
        notes: {
          operation: 'describe',
          summary: 'This description, in OpenAPI 3.1',
          tag: 'Operation',
          scope: 'any',
        },
      },
    },
    async () => {
      document ??= openApiDocument(routes, version);
      return document as { openapi: string };
    },
  );
}
