// biome-ignore lint/style/noRestrictedImports: the only way to Ajv's class for this draft
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { STATUS_OF } from '../../src/http/problem.js';
import { type Answer, useGateway } from '../support.js';
import { describedBy } from './description.js';

const gateways = useGateway();

async function described() {
  const gateway = await gateways.start();
  const { description, operations } = await describedBy(gateway, gateways);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'api', ...description });
  return { gateway, description, operations, ajv };
}

describe('the description of the API', () => {
  it('has every route, by a name of its own, with its answers and its problems', async () => {
    const { operations, description } = await described();
    expect(description.openapi).toBe('3.1.0');
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        ...[
          'placeCall',
          'placeCalls',
          'listCalls',
          'readCall',
          'cancelCall',
          'cancelCalls',
          'commandCall',
          'hangUpCall',
        ],
        ...[
          'listLanes',
          'limitLane',
          'pauseLane',
          'resumeLane',
          'readLabel',
          'leaseResults',
          'acknowledgeResults',
        ],
        ...[
          'leaseEndedRecords',
          'streamEvents',
          'listWorkers',
          'readAudit',
          'runAudit',
          'createKey',
          'revokeKey',
        ],
        ...[
          'listWebhooks',
          'createWebhook',
          'readWebhook',
          'changeWebhook',
          'rotateWebhook',
          'pauseWebhook',
          'resumeWebhook',
          'deleteWebhook',
          'listDeliveries',
          'replayDelivery',
          'downloadRecording',
        ],
        ...['listActivity', 'describe', 'live', 'ready', 'metrics'],
        ...['readNow', 'beginSession', 'readSession', 'endSession'],
      ]),
    );
    for (const { operation } of operations) {
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => status.startsWith('2')),
        operation.operationId,
      ).toBe(true);
      expect(statuses, operation.operationId).toContain('500');
      // A log-in needs no key to be asked, and refuses one that is wrong.
      const mayRefuse = operation.security === undefined || operation.operationId === 'beginSession';
      expect(statuses.includes('401'), operation.operationId).toBe(mayRefuse);
    }
  });

  it('has every error code that a request may be answered with', async () => {
    const { operations } = await described();
    const told = JSON.stringify(operations);
    // This one is told by `outdial gateway` alone, before it serves anything.
    for (const code of Object.keys(STATUS_OF).filter((name) => name !== 'INVALID_CONFIGURATION'))
      expect(told, code).toContain(`\`${code}\``);
  });

  it('has no reference that leads nowhere', async () => {
    const { description, ajv } = await described();
    const references = new Set(
      [...JSON.stringify(description).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to = '']) => to),
    );
    expect(references.size).toBeGreaterThan(4);
    for (const reference of references)
      expect(() => ajv.compile({ $ref: `api${reference}` }), reference).not.toThrow();
    expect(Object.keys(description.components.schemas)).toEqual(
      expect.arrayContaining(['CallJob', 'CallResult', 'EndedRecord', 'CallEvent', 'Problem']),
    );
  });

  it('is what the gateway answers', async () => {
    const { gateway, description, ajv } = await described();
    const check = (path: string, method: string, { status, body, headers }: Answer) => {
      const response = description.paths[path]?.[method]?.responses[String(status)];
      const type = headers.get('content-type')?.split(';')[0] ?? '';
      const schema = response?.content[type]?.schema;
      expect(schema, `${method} ${path} ${status} ${type}`).toBeDefined();
      const at = `api#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}/responses/${status}/content/${type.replaceAll('/', '~1')}/schema`;
      const isValid = ajv.validate({ $ref: at.replaceAll('{', '%7B').replaceAll('}', '%7D') }, body);
      expect(isValid, `${method} ${path}: ${ajv.errorsText()}`).toBe(true);
    };
    const ask = async (path: string, url: string, asked: Parameters<typeof gateways.ask>[2] = {}) =>
      check(
        path,
        (asked.method ?? (asked.body === undefined ? 'GET' : 'POST')).toLowerCase(),
        await gateways.ask(gateway, url, asked),
      );

    await ask('/v1/calls', '/v1/calls', { body: { id: 'one', callTo: 'sip:a@b', label: 'spring' } });
    await ask('/v1/calls', '/v1/calls', { body: { callTo: 7 } });
    await ask('/v1/calls/bulk', '/v1/calls/bulk', { body: [{ callTo: 'sip:a@b' }] });
    await ask('/v1/calls/{id}/cancel', '/v1/calls/one/cancel', { method: 'POST' });
    await ask('/v1/calls/{id}', '/v1/calls/one');
    await ask('/v1/calls/{id}', '/v1/calls/two');
    await ask('/v1/calls', '/v1/calls');
    await ask('/v1/calls', '/v1/calls?limit=x');
    await ask('/v1/calls/cancel', '/v1/calls/cancel', { body: { lane: 'default' } });
    await ask('/v1/results/lease', '/v1/results/lease', { body: {} });
    await ask('/v1/results/acknowledge', '/v1/results/acknowledge', { body: { leases: ['x'] } });
    await ask('/v1/lanes', '/v1/lanes');
    await ask('/v1/lanes/{lane}', '/v1/lanes/a', { method: 'PATCH', body: { concurrency: 3 } });
    await ask('/v1/labels/{label}', '/v1/labels/spring');
    await ask('/v1/workers', '/v1/workers');
    await ask('/v1/audit', '/v1/audit');
    await ask('/v1/keys', '/v1/keys');
    await ask('/v1/keys', '/v1/keys', { body: { name: 'x', scopes: ['admin'] } });
    await ask('/v1/keys', '/v1/keys', { key: null });
    await ask('/v1/activity', '/v1/activity');
    const webhook = { url: 'https://receiver.example/' };
    const { body: created } = await gateways.ask(gateway, '/v1/webhooks', { body: webhook });
    await ask('/v1/webhooks', '/v1/webhooks', { body: webhook });
    await ask('/v1/webhooks', '/v1/webhooks');
    await ask('/v1/webhooks/{id}', `/v1/webhooks/${created.id}`);
    await ask('/v1/webhooks/{id}/rotate', `/v1/webhooks/${created.id}/rotate`, { body: {} });
    await ask('/v1/webhooks/{id}/pause', `/v1/webhooks/${created.id}/pause`, { method: 'POST' });
    await ask('/v1/webhooks/{id}/deliveries', `/v1/webhooks/${created.id}/deliveries`);
    await ask('/v1/webhooks/{id}', `/v1/webhooks/${created.id}`, { method: 'DELETE' });
    await ask('/readyz', '/readyz', { key: null });
  });

  it('has what webhooks get', async () => {
    const { description, ajv } = await described();
    expect(description.webhooks.event.post.operationId).toBe('receiveEvent');
    const at = 'api#/webhooks/event/post/requestBody/content/application~1json/schema';
    const validate = ajv.compile({ $ref: at });
    const data = { jobId: 'a', callId: null, workerId: 'w', at: 1, type: 'calling', callTo: 'sip:a@b' };
    const message = { type: 'calling', timestamp: '1970-01-01T00:00:00.001Z', data };
    expect(validate(message), ajv.errorsText(validate.errors)).toBe(true);
    expect(validate({ ...message, data: {} })).toBe(false);
  });

  it('is for whoever has a key', async () => {
    const gateway = await gateways.start();
    expect(await gateways.ask(gateway, '/v1/openapi.json', { key: null })).toMatchObject({ status: 401 });
    const key = await gateways.keyFor(gateway, { scopes: ['calls:write'] });
    expect(await gateways.ask(gateway, '/v1/openapi.json', { key })).toMatchObject({ status: 200 });
  });
});
