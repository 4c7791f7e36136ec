import type { OutdialGateway } from '../../src/gateway.js';
import type { useGateway } from '../support.js';

export type Schema = Readonly<Record<string, unknown>>;

/** An operation of the API's description. */
export interface Operation {
  operationId: string;
  security?: unknown[];
  description: string;
  parameters: Array<{ name: string; in: 'path' | 'query'; required: boolean; schema: Schema }>;
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content: Record<string, { schema: object }> }>;
}

export interface Description {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  webhooks: { event: { post: Operation } };
  components: { schemas: Record<string, Schema> };
}

/** The API's description, as a gateway gives it, and every operation in it. */
export async function describedBy(gateway: OutdialGateway, { ask }: ReturnType<typeof useGateway>) {
  const description = (await ask(gateway, '/v1/openapi.json')).body as Description;
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  return { description, operations };
}
