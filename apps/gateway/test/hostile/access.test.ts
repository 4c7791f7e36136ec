import { describe, expect, it } from 'vitest';
import { describedBy, type Operation } from '../openapi/description.js';
import { useGateway } from '../support.js';

const gateways = useGateway();

/** Requests that are valid but for who makes them: of another tenant's job, lane or webhook. */
const THEIRS: Readonly<Record<string, string>> = {
  lane: 'theirs',
  label: 'spring',
  account: 'AC',
  file: 'their-job.json',
  name: 'message',
  delivery: '1-1',
};
const BODIES: Readonly<Record<string, unknown>> = {
  placeCall: { callTo: 'sip:a@b', lane: 'theirs' },
  placeCalls: [{ callTo: 'sip:a@b', lane: 'theirs' }],
  cancelCalls: { lane: 'theirs' },
  commandCall: { type: 'hangUp' },
  createKey: { name: 'x', scopes: ['calls:read'] },
  createWebhook: { url: 'https://a.example/' },
};
const SETTLED = { leases: ['a.b'] };

function urlOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => THEIRS[name] ?? 'their-job');
}

function bodyOf({ operationId, requestBody }: Operation): unknown {
  if (requestBody === undefined) return undefined;
  if (operationId === 'hangUpCall') return 'Status=completed';
  return BODIES[operationId] ?? (/^(?:acknowledge|release)/.test(operationId) ? SETTLED : {});
}

async function described() {
  const gateway = await gateways.start();
  await gateways
    .queue()
    .add({ id: 'their-job', callTo: 'sip:their-number@lab', lane: 'theirs', label: 'spring' });
  const { operations } = await describedBy(gateway, gateways);
  const protectedOnes = operations.filter(({ operation }) => operation.security === undefined);
  const ask = (at: (typeof operations)[number], key: string | null) => {
    const body = bodyOf(at.operation);
    const headers = typeof body === 'string' ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
    return gateways.ask(gateway, urlOf(at.path), { method: at.method, body, headers, key });
  };
  return { gateway, operations, protectedOnes, ask };
}

/** The scope that the description says an operation needs; null: any key will do. */
function scopeOf({ description }: Operation): string | null {
  return /Needs a key with the scope `([^`]+)`/.exec(description)?.[1] ?? null;
}

describe('every operation of the API', () => {
  it('but those for health is refused without a key, and with one that is unknown or revoked', async () => {
    const { gateway, protectedOnes, operations, ask } = await described();
    const open = operations.filter((each) => !protectedOnes.includes(each));
    expect(open.map(({ operation }) => operation.operationId).toSorted()).toEqual([
      // Whoever begins a session sends the key in its body.
      'beginSession',
      'live',
      'ready',
    ]);
    const { key, text } = await gateway.keys.create({ name: 'x', scopes: ['admin'] });
    await gateway.keys.revoke(key.id);
    for (const each of protectedOnes) {
      for (const none of [null, text, 'od_0123456789ab_x', 'x'.repeat(4000)]) {
        const { status, body } = await ask(each, none);
        expect([status, body.code], each.operation.operationId).toEqual([401, 'UNAUTHORIZED']);
      }
    }
  });

  it('is refused to a key without its scope', async () => {
    const { gateway, protectedOnes, ask } = await described();
    const keys = {
      'calls:write': await gateways.keyFor(gateway, { scopes: ['calls:write'] }),
      'calls:read': await gateways.keyFor(gateway, { scopes: ['calls:read'] }),
    };
    for (const each of protectedOnes) {
      const scope = scopeOf(each.operation);
      if (scope === null) continue;
      for (const [name, key] of Object.entries(keys)) {
        if (name === scope) continue;
        const { status, body } = await ask(each, key);
        expect([status, body.code], `${each.operation.operationId} by ${name}`).toEqual([403, 'FORBIDDEN']);
      }
    }
  });

  it('tells a key of another lane nothing of a call, and changes nothing', async () => {
    const { gateway, protectedOnes, ask } = await described();
    const key = await gateways.keyFor(gateway, { scopes: ['calls:write', 'calls:read'], lanes: ['mine'] });
    for (const each of protectedOnes) {
      const { operationId } = each.operation;
      if (operationId === 'streamEvents') continue;
      const { status, body } = await ask(each, key);
      // What names nothing of theirs is answered with what is the key's own.
      const isAboutTheirs = each.path.includes('{') || BODIES[operationId] !== undefined;
      expect(isAboutTheirs ? [403, 404] : [200, 403, 404], operationId).toContain(status);
      expect(JSON.stringify(body), operationId).not.toMatch(/their-number|"lane":"theirs"/);
    }
    const queue = gateways.queue();
    expect(await queue.counts('theirs')).toMatchObject({ waiting: 1 });
    expect(await queue.get('their-job')).toMatchObject({ phase: 'waiting', isCancelRequested: false });
  });
});
