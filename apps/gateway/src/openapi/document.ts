import { ERROR_CODES } from '@outdial/contract';
import { z } from 'zod';
import { type ProblemCode, problemSchema, STATUS_OF } from '../http/problem.js';
import { messageBodySchema } from '../webhooks/messages/message.js';
import type { CataloguedRoute } from './catalogue.js';
import { Schemas } from './schemas.js';

const INTRODUCTION = `Outbound calls from a queue: at most one dial and exactly one result a job.

Every request but those for health carries an API key, as \`Authorization: Bearer KEY\` or as the password of basic authentication.
What is refused is answered as a problem (RFC 9457) with a \`code\` that does not change.`;

/** What every request with a key may be answered with. */
const WITH_KEY: readonly ProblemCode[] = ['UNAUTHORIZED', 'FORBIDDEN', 'RATE_LIMITED', 'QUEUE_UNAVAILABLE'];
const ALWAYS: readonly ProblemCode[] = ['INVALID_REQUEST', 'INTERNAL'];
const WITH_BODY: readonly ProblemCode[] = ['TOO_LARGE', 'UNSUPPORTED_TYPE'];

/** The API as an OpenAPI 3.1 document. */
export function openApiDocument(
  routes: readonly CataloguedRoute[],
  version: string,
): Record<string, unknown> {
  const schemas = new Schemas();
  schemas.of(z.object({ problem: problemSchema }), 'output');
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: describeRoute(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Outdial',
      version,
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { basic: [] }],
    tags: [...new Set(routes.map(({ notes }) => notes.tag))].map((name) => ({ name })),
    paths,
    webhooks: {
      event: {
        post: {
          operationId: 'receiveEvent',
          summary: 'What a webhook gets',
          description:
            'Signed as Standard Webhooks says, in the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. A message may come more than once, with the same `webhook-id`; those of a call come in order.',
          tags: ['Webhooks'],
          security: [],
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemas.of(messageBodySchema, 'output') } },
          },
          responses: {
            '2XX': { description: 'It is delivered. Anything else, or no answer in time: it comes again.' },
            410: { description: 'There is no receiver any more: the webhook is paused.' },
          },
        },
      },
    },
    components: {
      schemas: schemas.components,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key' },
        basic: { type: 'http', scheme: 'basic', description: 'Any user, and an API key as the password' },
      },
    },
  };
}

function describeRoute(route: CataloguedRoute, schemas: Schemas): Record<string, unknown> {
  const { notes, params, query, body, answers } = route;
  const { operation, summary, description, tag, scope, bodies } = notes;
  const hasBody = body !== undefined || bodies !== undefined;
  const needs = needsOf(scope);
  return {
    operationId: operation,
    summary,
    description: [description, needs].filter(Boolean).join('\n\n'),
    tags: [tag],
    ...(scope === null && { security: [] }),
    parameters: [...parameters('path', params, schemas), ...parameters('query', query, schemas)],
    ...(hasBody && { requestBody: requestBody(route, schemas) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [
          status,
          { description: summary, content: { 'application/json': { schema: schemas.of(schema, 'output') } } },
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(notes.answers ?? {}).map(([status, answer]) => [
          status,
          {
            description: answer.description,
            content: { [answer.type.split(';')[0] ?? '']: { schema: { type: 'string' } } },
          },
        ]),
      ),
      ...problems(codesOf(route, hasBody), answers, schemas),
    },
  };
}

function needsOf(scope: CataloguedRoute['notes']['scope']): string {
  if (scope === null) return 'No key is needed.';
  return scope === 'any' ? 'Any key will do.' : `Needs a key with the scope \`${scope}\`.`;
}

function codesOf({ notes }: CataloguedRoute, hasBody: boolean): ProblemCode[] {
  const all = [
    ...ALWAYS,
    ...(notes.scope === null ? [] : WITH_KEY),
    ...(hasBody ? WITH_BODY : []),
    ...(notes.errors ?? []),
  ];
  return [...new Set(all)];
}

/** By status, the codes that come with it. A status that has an answer of its own keeps that. */
function problems(
  codes: readonly ProblemCode[],
  answers: Readonly<Record<string, unknown>>,
  schemas: Schemas,
): Record<string, unknown> {
  const byStatus = new Map<string, ProblemCode[]>();
  for (const code of codes) {
    const status = String(STATUS_OF[code]);
    if (answers[status] === undefined) byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, among]) => [
      status,
      {
        description: among.map((code) => `\`${code}\`: ${ERROR_CODES[code]}`).join('\n\n'),
        content: { 'application/problem+json': { schema: schemas.reference('Problem') } },
      },
    ]),
  );
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined, schemas: Schemas) {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.of(schema, 'input') as {
    properties?: Record<string, Record<string, unknown>>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function requestBody({ notes, body }: CataloguedRoute, schemas: Schemas) {
  const bodies = notes.bodies ?? { 'application/json': notes.summary };
  const schemaOf = (type: string): Record<string, unknown> => {
    if (body !== undefined) return schemas.of(body, 'input');
    if (type !== 'application/json') return { type: 'string' };
    if (notes.operation === 'placeCall') return schemas.reference('CallJob');
    if (notes.operation === 'placeCalls') return { type: 'array', items: schemas.reference('CallJob') };
    return { type: 'object' };
  };
  return {
    required: true,
    description: Object.entries(bodies)
      .map(([type, what]) => `\`${type}\`: ${what}`)
      .join('\n\n'),
    content: Object.fromEntries(Object.keys(bodies).map((type) => [type, { schema: schemaOf(type) }])),
  };
}
