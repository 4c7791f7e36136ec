import { describe, expect, it } from 'vitest';
import type { TelephonyConfigurationInput } from '../../src/configuration.js';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';
import { type Reply, type ScriptedTrunk, startScriptedTrunk } from '../support/scripted-trunk.js';

const network = useNetwork();
const request = { callTo: 'tel:+441632960001', callFrom: '+441632960000' };
const BUSY: Reply = { status: '486 Busy Here' };

async function trunk(...replies: Array<Reply | readonly Reply[]>): Promise<ScriptedTrunk> {
  const started = await startScriptedTrunk(
    (_request, index) => replies[index] ?? { status: '500 Unexpected' },
  );
  network.onEnd(() => started.close());
  return started;
}

type TrunkInput = Partial<NonNullable<TelephonyConfigurationInput['trunks']>[number]>;

async function callOver(trunks: ReadonlyArray<TrunkInput & { address: string }>, more = {}) {
  const telephony = await network.telephony(null, {
    trunks: trunks.map((one, index) => ({ name: `t${index}`, callerIds: 'any', ...one })),
    ...more,
  });
  return { telephony, call: await dial(telephony, request) };
}

describe('the next trunk', () => {
  it.each(['500 Server Internal Error', '503 Service Unavailable'])(
    'is tried after %s, as the same call',
    async (status) => {
      const [first, second] = [await trunk({ status }), await trunk(BUSY)];
      const credentials = { username: 'us', password: 'x' };
      const { call } = await callOver([{ address: first.address, credentials }, { address: second.address }]);
      expect(await call.over).toMatchObject({ type: 'rejected', cause: 'BUSY' });
      expect(call.leg.whereabouts.trunk).toBe('t1');
      const invites = [first.requests[0], second.requests[0]];
      expect(new Set(invites.map((invite) => invite?.header('Call-ID'))).size).toBe(1);
      expect(new Set(invites.map((invite) => invite?.header('From')?.split('tag=')[1])).size).toBe(1);
      const [a, b] = invites.map((invite) => Number.parseInt(invite?.header('CSeq') ?? '', 10));
      expect(b).toBe((a ?? 0) + 1);
      expect(call.events.filter(({ type }) => type === 'invited')).toHaveLength(2);
    },
  );

  it('is tried where a port is closed', async () => {
    const gone = await startScriptedTrunk(() => null);
    await gone.close();
    const second = await trunk(BUSY);
    const { call } = await callOver([{ address: gone.address }, { address: second.address }]);
    expect(await call.over).toMatchObject({ type: 'rejected', cause: 'BUSY' });
  });

  it('is taken where the first has no address', async () => {
    const second = await trunk(BUSY);
    const { call } = await callOver([{ address: 'nowhere.invalid' }, { address: second.address }]);
    expect(await call.over).toMatchObject({ type: 'rejected', cause: 'BUSY' });
  });

  it('is not tried once it rang', async () => {
    const first = await trunk([{ status: '180 Ringing' }, { status: '503 Service Unavailable' }]);
    const second = await trunk(BUSY);
    const { call } = await callOver([{ address: first.address }, { address: second.address }]);
    expect(await call.over).toMatchObject({ type: 'rejected', cause: 'CONGESTION' });
    expect(second.requests).toEqual([]);
  });

  it.each(['404 Not Found', '403 Forbidden', '603 Decline'])('is not tried after %s', async (status) => {
    const [first, second] = [await trunk({ status }), await trunk(BUSY)];
    const { call } = await callOver([{ address: first.address }, { address: second.address }]);
    await call.over;
    expect(second.requests).toEqual([]);
  });

  it('is not tried for a call that was given up', async () => {
    const [first, second] = [await trunk({ status: '503 Service Unavailable' }), await trunk(BUSY)];
    const telephony = await network.telephony(null, {
      trunks: [first, second].map(({ address }, index) => ({
        name: `t${index}`,
        callerIds: 'any' as const,
        address,
      })),
    });
    const call = await dial(telephony, request, (event, leg) => {
      if (event.type === 'invited') leg.cancel();
    });
    expect(await call.over).toMatchObject({ type: 'released' });
    expect(second.requests).toEqual([]);
  });

  it('has its calls counted: a full one is left out', async () => {
    const first = await trunk({ status: '503 Service Unavailable' }, BUSY);
    const second = await trunk([{ status: '180 Ringing' }]);
    const { telephony, call } = await callOver([
      { address: first.address },
      { address: second.address, maxCalls: 1 },
    ]);
    await call.next('progressed');
    const other = await dial(telephony, request);
    expect(await other.over).toMatchObject({ cause: 'BUSY' });
    expect(second.requests).toHaveLength(1);
    call.leg.cancel();
  });
});

describe('a redirect', () => {
  const followRedirectsTo = ['127.0.0.1'];

  it('gets neither our credentials, nor the asserted identity, nor the headers of the trunk', async () => {
    const target = await trunk({
      status: '407 Proxy Authentication Required',
      lines: ['Proxy-Authenticate: Digest realm="r", nonce="n"'],
    });
    const first = await trunk(
      {
        status: '407 Proxy Authentication Required',
        lines: ['Proxy-Authenticate: Digest realm="r", nonce="n"'],
      },
      { status: '302 Moved', lines: [`Contact: "B, C" <sip:b@${target.address}>`] },
    );
    const { call } = await callOver(
      [
        {
          address: first.address,
          credentials: { username: 'us', password: 'sesame' },
          callerIdIn: 'pAssertedIdentity',
          headers: { 'X-Account': '42' },
        },
      ],
      { followRedirectsTo },
    );
    expect(await call.over).toMatchObject({ type: 'rejected', error: { code: 'TRUNK_AUTHENTICATION' } });
    expect(first.requests[1]?.header('Proxy-Authorization')).toContain('username="us"');
    expect(target.requests).toHaveLength(1);
    const [invite] = target.requests;
    for (const name of ['Proxy-Authorization', 'Authorization', 'P-Asserted-Identity', 'X-Account'])
      expect(invite?.header(name)).toBeUndefined();
    expect(invite?.header('From')).toContain('+441632960000');
    expect(call.leg.whereabouts.trunk).toBeUndefined();
  });

  it('is followed to its contacts by their q, the next one after a failure', async () => {
    const [low, high] = [await trunk(BUSY), await trunk({ status: '404 Not Found' })];
    const first = await trunk({
      status: '302 Moved',
      lines: [
        `Contact: <sip:low@${low.address}>;q=0.1`,
        `Contact: <sip:high@${high.address};user=phone>;q=0.8`,
      ],
    });
    const { call } = await callOver([{ address: first.address }], { followRedirectsTo });
    expect(await call.over).toMatchObject({ type: 'rejected', cause: 'BUSY' });
    expect(high.requests[0]?.uri).toBe(`sip:high@${high.address};user=phone`);
    expect(low.requests).toHaveLength(1);
  });

  it('is followed to its next contact where drachtio has no transport for the first', async () => {
    const second = await trunk(BUSY);
    const contacts = [
      `Contact: <sips:a@${second.address}>;q=0.9`,
      `Contact: <sip:b@${second.address}>;q=0.5`,
    ];
    const first = await trunk({ status: '302 Moved', lines: contacts });
    const { call } = await callOver([{ address: first.address }], { followRedirectsTo });
    expect(await call.over).toMatchObject({ type: 'rejected', cause: 'BUSY' });
    expect(second.requests.map(({ uri }) => uri)).toEqual([`sip:b@${second.address}`]);
  });
});
