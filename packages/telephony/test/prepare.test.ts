import { type Servers, type Sipp, startServers, startSipp } from '@outdial/testkit';
import getPort from 'get-port';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseTelephonyConfiguration } from '../src/configuration.js';
import type { Telephony } from '../src/telephony.js';
import { Telephony as TelephonyClass } from '../src/telephony.js';
import { dial, logger, telephonyOn } from './support/dialling.js';

let servers: Servers;
const closing: Array<() => Promise<void>> = [];

beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function telephony(...args: [Sipp | null, Parameters<typeof telephonyOn>[2]?]): Promise<Telephony> {
  const made = await telephonyOn(servers, ...args);
  closing.push(() => made.close());
  return made;
}

const TRUNK = { name: 'uk', address: '127.0.0.1:5999', callerIds: ['+441632960000'] };

describe('a dial', () => {
  it.each([
    ['NO_TRUNK', { callTo: 'tel:+15555550123', callFrom: '1' }],
    ['NO_TRUNK', { callTo: 'sip:a@elsewhere.example' }],
    ['CALLER_ID_REFUSED', { callTo: 'tel:+441632960001', callFrom: '+441632960999' }],
    ['UNRESOLVABLE_HOST', { callTo: 'sip:a@nowhere.invalid' }],
    ['NO_CODEC', { callTo: 'sip:a@127.0.0.1', codecs: 'g729' }],
  ] as const)('is refused before anybody is dialled: %s %j', async (code, request) => {
    const made = await telephony(null, {
      trunks: [{ ...TRUNK, prefixes: ['+44'] }],
      allowedSipHosts: ['nowhere.invalid', '127.0.0.1'],
    });
    const offersG729 = code === 'NO_CODEC' && servers.areReal;
    const prepared = made.prepare({ jobId: 'j', headers: {}, ...request });
    if (offersG729) await (await prepared).discard();
    else await expect(prepared).rejects.toMatchObject({ code, retryable: false });
    await expect.poll(() => made.servers().map(({ busyCalls }) => busyCalls)).toEqual([0, 0]);
  });

  it('is refused retryably while no drachtio, or no FreeSWITCH, answers', async () => {
    const unreachable = { host: '127.0.0.1', port: await getPort({ host: '127.0.0.1' }), secret: 'x' };
    const request = { jobId: 'j', callTo: 'sip:a@callee', headers: {} };
    const routes = [{ host: 'callee', address: '127.0.0.1:5999' }];
    const connect = async (others: object) => {
      const configuration = parseTelephonyConfiguration({
        drachtio: [servers.drachtio],
        media: 'freeswitch',
        freeswitch: [servers.freeswitch],
        routes,
        ...others,
      });
      const made = await TelephonyClass.connect(configuration, { logger });
      closing.push(() => made.close());
      return made;
    };
    const withoutDrachtio = await connect({ drachtio: [unreachable] });
    await expect(withoutDrachtio.prepare(request)).rejects.toMatchObject({
      code: 'NO_DRACHTIO',
      retryable: true,
    });
    const withoutFreeswitch = await connect({ freeswitch: [unreachable] });
    await expect.poll(() => withoutFreeswitch.servers()[0]?.isUp).toBe(true);
    await expect(withoutFreeswitch.prepare(request)).rejects.toMatchObject({
      code: 'NO_FREESWITCH',
      retryable: true,
    });
  });

  it('uses the servers that answer', async () => {
    const unreachable = { host: '127.0.0.1', port: await getPort({ host: '127.0.0.1' }), secret: 'x' };
    const made = await telephony(null, {
      drachtio: [unreachable, servers.drachtio],
      freeswitch: [unreachable, servers.freeswitch],
      routes: [{ host: 'callee', address: '127.0.0.1:5999' }],
    });
    const prepared = await made.prepare({ jobId: 'j', callTo: 'sip:a@callee', headers: {} });
    expect(prepared.whereabouts).toMatchObject({
      drachtio: `${servers.drachtio.host}:${servers.drachtio.port}`,
      freeswitch: `${servers.freeswitch.host}:${servers.freeswitch.port}`,
      endpointUuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    await prepared.discard();
    expect(made.servers().map(({ isUp }) => isUp)).toEqual([false, true, false, true]);
  });

  it('that is discarded gives its endpoint to the next dial', async () => {
    const made = await telephony(null, { routes: [{ host: 'callee', address: '127.0.0.1:5999' }] });
    const request = { jobId: 'j', callTo: 'sip:a@callee', headers: {} };
    const first = await made.prepare(request);
    await first.discard();
    const second = await made.prepare(request);
    expect(second.whereabouts.endpointUuid).toBe(first.whereabouts.endpointUuid);
    expect(second.whereabouts.callId).not.toBe(first.whereabouts.callId);
    await second.discard();
  });

  it('is refused retryably while its trunk is full', async () => {
    const made = await telephony(null, { trunks: [{ ...TRUNK, maxCalls: 1 }] });
    const request = { jobId: 'j', callTo: 'tel:+441632960001', callFrom: '+441632960000', headers: {} };
    const first = await made.prepare(request);
    await expect(made.prepare(request)).rejects.toMatchObject({ code: 'NO_TRUNK', retryable: true });
    await first.discard();
    await (await made.prepare(request)).discard();
  });
});

describe('what the callee sees', () => {
  it('is the caller id, the asserted identity and the headers of trunk and job', async () => {
    const sipp = await startSipp({ scenario: 'rejects-busy-486', calls: 1 });
    closing.push(() => sipp.close());
    const made = await telephony(null, {
      trunks: [
        {
          ...TRUNK,
          address: sipp.address,
          callerIdIn: 'pAssertedIdentity',
          fromDomain: 'us.example.com',
          headers: { 'X-Account': '42' },
        },
      ],
    });
    const call = await dial(made, {
      callTo: 'tel:+441632960001',
      callFrom: '+441632960000',
      headers: { 'X-Campaign': 'spring' },
    });
    await call.over;
    const [invite] = sipp.log();
    expect(invite?.startLine).toBe(`INVITE sip:+441632960001@${sipp.address} SIP/2.0`);
    expect(invite?.headers).toMatchObject({
      from: expect.stringMatching(/^<sip:\+441632960000@us\.example\.com>;tag=/),
      'p-asserted-identity': '<sip:+441632960000@us.example.com>',
      'x-account': '42',
      'x-campaign': 'spring',
    });
  });

  it('is the request URI as spelt by the job, sent to the address of its route', async () => {
    const sipp = await startSipp({ scenario: 'rejects-busy-486', calls: 1 });
    closing.push(() => sipp.close());
    const call = await dial(await telephony(sipp), {
      callTo: 'sip:someone@callee;user=phone',
      callFrom: 'bob',
    });
    await call.over;
    expect(sipp.log()[0]?.startLine).toBe('INVITE sip:someone@callee;user=phone SIP/2.0');
    expect(sipp.log()[0]?.headers.from).toMatch(/^<sip:bob@127\.0\.0\.1(?::\d+)?>;tag=/);
  });
});
