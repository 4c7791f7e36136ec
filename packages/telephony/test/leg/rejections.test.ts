import { createHash } from 'node:crypto';
import type { Sipp } from '@outdial/testkit';
import getPort from 'get-port';
import { describe, expect, it } from 'vitest';
import type { Telephony } from '../../src/telephony.js';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();
const { callee, telephony } = network;

function field(digest: string, name: string): string {
  return new RegExp(`[ ,]${name}="?([^",]+)`).exec(digest)?.[1] ?? '';
}

/** RFC 2617, section 3.2.2. */
function expectedDigest(
  digest: string,
  { username, password }: { username: string; password: string },
): string {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const [realm, nonce, nc, cnonce, qop, uri] = ['realm', 'nonce', 'nc', 'cnonce', 'qop', 'uri'].map((name) =>
    field(digest, name),
  );
  return md5(
    `${md5(`${username}:${realm}:${password}`)}:${nonce}:${nc}:${cnonce}:${qop}:${md5(`INVITE:${uri}`)}`,
  );
}

describe('a call that is refused', () => {
  it.each([
    ['rejects-busy-486', { cause: 'BUSY', rawCause: { sipStatus: 486, q850: null } }],
    ['not-found-404', { cause: 'UNOBTAINABLE', rawCause: { sipStatus: 404 } }],
    ['unavailable-480', { cause: 'NOANSWER', rawCause: { sipStatus: 480 } }],
    [
      'congestion-503-retry-after',
      { cause: 'CONGESTION', rawCause: { sipStatus: 503, retryAfterSeconds: 30 } },
    ],
    ['declines-603', { cause: 'REJECTED', rawCause: { sipStatus: 603 } }],
    ['reason-q850-overrides', { cause: 'BUSY', rawCause: { sipStatus: 480, q850: 17 } }],
    ['not-acceptable-488', { cause: 'FAILED', rawCause: { sipStatus: 488 } }],
    ['forbidden-403', { cause: 'BARRED', rawCause: { sipStatus: 403 } }],
  ] as const)('by a callee who %s ends with that cause', async (scenario, expected) => {
    const sipp = await callee({ scenario, calls: 1 });
    const call = await dial(await telephony(sipp));
    expect(await call.over).toMatchObject({ type: 'rejected', ...expected });
    expect(call.events.map(({ type }) => type)).toEqual(['invited', 'rejected']);
    expect(await sipp.finished).toBe(0);
  });

  it('by an address with no listener is a dead trunk, not congestion', async () => {
    const made = await telephony(null, {
      routes: [{ host: 'callee', address: `127.0.0.1:${await getPort({ host: '127.0.0.1' })}` }],
    });
    const over = await (await dial(made)).over;
    expect(over).toMatchObject({
      type: 'rejected',
      cause: 'FAILED',
      rawCause: { sipStatus: null, q850: null },
    });
  });

  it('with a status that the trunk overrides ends with the cause of the override', async () => {
    const sipp = await callee({ scenario: 'forbidden-403', calls: 1 });
    const trunk = {
      name: 't',
      address: sipp.address,
      callerIds: 'any',
      rejectionOverrides: { 403: 'NOCHANNELS' },
    };
    const made = await telephony(null, { trunks: [trunk as never] });
    const call = await dial(made, { callTo: 'tel:+441632960001', callFrom: '+441632960000' });
    expect(await call.over).toMatchObject({ cause: 'NOCHANNELS', rawCause: { sipStatus: 403 } });
  });

  it('gives its endpoint to the next dial', async () => {
    const sipp = await callee({ scenario: 'rejects-busy-486', calls: 3 });
    const made = await telephony(sipp);
    const uuids: Array<string | undefined> = [];
    for (let i = 0; i < 3; i++) {
      const call = await dial(made);
      uuids.push(call.leg.whereabouts.endpointUuid);
      await call.over;
    }
    expect(new Set(uuids).size).toBe(1);
    expect(made.servers()[1]).toMatchObject({ busyCalls: 0, idleEndpoints: 1 });
  });

  it('after early media does not give its endpoint to the next dial', async () => {
    const sipp = await callee({ scenario: 'early-media-then-rejects-busy', calls: 2 });
    const made = await telephony(sipp);
    const first = await dial(made);
    expect(await first.over).toMatchObject({ type: 'rejected', cause: 'BUSY' });
    expect(first.events).toContainEqual(
      expect.objectContaining({ status: 183, rings: true, earlyMedia: true }),
    );
    const second = await dial(made);
    await second.over;
    expect(second.leg.whereabouts.endpointUuid).not.toBe(first.leg.whereabouts.endpointUuid);
  });
});

describe('a redirect', () => {
  it('is not followed by default', async () => {
    const sipp = await callee({
      scenario: 'redirects-302',
      calls: 1,
      keys: { contact: 'sip:other@127.0.0.1:9' },
    });
    const call = await dial(await telephony(sipp));
    expect(await call.over).toMatchObject({ type: 'rejected', cause: 'OTHER', rawCause: { sipStatus: 302 } });
  });

  it('is followed once to a host that is allowed', async () => {
    const target = await callee({ scenario: 'rejects-busy-486', calls: 1 });
    const sipp = await callee({
      scenario: 'redirects-302',
      calls: 1,
      keys: { contact: `sip:other@${target.address}` },
    });
    const made = await telephony(sipp, { followRedirectsTo: ['127.0.0.1'] });
    const call = await dial(made);
    expect(await call.over).toMatchObject({ type: 'rejected', cause: 'BUSY' });
    expect(call.events.map(({ type }) => type)).toEqual(['invited', 'invited', 'rejected']);
    expect(target.log()[0]).toMatchObject({
      startLine: `INVITE sip:other@${target.address} SIP/2.0`,
      callId: call.leg.whereabouts.callId,
    });
  });
});

describe('a trunk that challenges', () => {
  const credentials = { username: 'outdial', password: 'sesame' };
  const request = { callTo: 'tel:+441632960001', callFrom: '+441632960000' };

  async function trunkTo(sipp: Sipp, more: object): Promise<Telephony> {
    return telephony(null, { trunks: [{ name: 't', address: sipp.address, callerIds: 'any', ...more }] });
  }

  it('is answered with its credentials', async () => {
    const sipp = await callee({ scenario: 'challenges-407', calls: 1 });
    const call = await dial(await trunkTo(sipp, { credentials }), request, (event, leg) => {
      if (event.type === 'answered') leg.hangUp();
    });
    expect(await call.over).toMatchObject({ type: 'released' });
    const ids = call.events.flatMap((event) => (event.type === 'invited' ? [event.stackTxnId] : []));
    expect(new Set(ids).size).toBe(2);
    expect(await sipp.finished).toBe(0);
    const [digest = ''] = sipp
      .log()
      .map(({ headers }) => headers['proxy-authorization'] ?? '')
      .filter(Boolean);
    expect(field(digest, 'response')).toBe(expectedDigest(digest, credentials));
  });

  it('gets the credentials once, and refused ones are our error', async () => {
    const sipp = await callee({ scenario: 'challenges-407-twice', calls: 1 });
    const call = await dial(await trunkTo(sipp, { credentials }), request);
    expect(await call.over).toMatchObject({
      type: 'rejected',
      cause: 'ERROR',
      rawCause: { sipStatus: 407 },
      error: { code: 'TRUNK_AUTHENTICATION' },
    });
    expect(sipp.log().filter(({ method }) => method === 'INVITE')).toHaveLength(2);
  });

  it('without configured credentials is our error', async () => {
    const sipp = await callee({ scenario: 'challenges-407' });
    const call = await dial(await trunkTo(sipp, {}), request);
    expect(await call.over).toMatchObject({ cause: 'ERROR', error: { code: 'TRUNK_AUTHENTICATION' } });
  });

  it('is not answered once the call was cancelled', async () => {
    const sipp = await callee({ scenario: 'challenges-407', calls: 1 });
    const call = await dial(await trunkTo(sipp, { credentials }), request, (event, leg) => {
      if (event.type === 'invited') leg.cancel();
    });
    expect(await call.over).toMatchObject({ type: 'released', rawCause: { sipStatus: 407 } });
    expect(sipp.log().filter(({ method }) => method === 'INVITE')).toHaveLength(1);
  });

  it('is cancelled where our CANCEL crosses the INVITE with credentials', async () => {
    const sipp = await callee({ scenario: 'challenges-407-then-rings', calls: 1 });
    let invites = 0;
    const call = await dial(await trunkTo(sipp, { credentials }), request, (event, leg) => {
      if (event.type === 'invited' && ++invites === 2) leg.cancel();
    });
    expect(await call.over).toMatchObject({ type: 'released', rawCause: { sipStatus: 487 } });
    expect(await sipp.finished).toBe(0);
    expect(sipp.log().filter(({ method }) => method === 'CANCEL')).toHaveLength(1);
  });
});
