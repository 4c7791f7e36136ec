import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { RouteNotes } from '../http/route-notes.js';

/** A route, and what it says of itself. */
export interface CataloguedRoute {
  method: string;
  /** As OpenAPI writes it: `/v1/calls/{id}`. */
  path: string;
  notes: RouteNotes;
  params: z.ZodObject | undefined;
  query: z.ZodObject | undefined;
  body: z.ZodType | undefined;
  answers: Readonly<Record<string, z.ZodType>>;
}

/** Collects every route of the API that is added from now on. Throws for one that says nothing of itself. */
export function catalogueRoutes(app: FastifyInstance): readonly CataloguedRoute[] {
  const routes: CataloguedRoute[] = [];
  app.addHook('onRoute', ({ method, url, config, schema = {} }) => {
    const notes = config?.notes;
    if (notes === undefined) throw new TypeError(`the route ${url} has no notes`);
    if (notes.isPage) return;
    routes.push({
      method: String(method).toLowerCase(),
      path: url.replaceAll(/:(\w+)/g, '{$1}'),
      notes,
      params: schema.params as z.ZodObject | undefined,
      query: schema.querystring as z.ZodObject | undefined,
      body: schema.body as z.ZodType | undefined,
      answers: (schema.response ?? {}) as Record<string, z.ZodType>,
    });
  });
  return routes;
}
