import { type Servers, startServers } from '@outdial/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PreparedDial } from '../src/api.js';
import { parseTelephonyConfiguration } from '../src/configuration.js';
import { FreeswitchServer } from '../src/freeswitch/freeswitch-server.js';
import { Telephony } from '../src/telephony.js';
import { logger } from './support/dialling.js';

const REQUEST = { jobId: 'j', callTo: 'sip:a@callee', headers: {} };

// Two of the lab's switches: the environment names one server of a kind.
describe.skipIf(process.env.OUTDIAL_TEST_DRACHTIO !== undefined)('with two servers of each kind', () => {
  let servers: Servers[];
  let telephony: Telephony;
  beforeAll(async () => {
    servers = await Promise.all([startServers(), startServers()]);
  });
  afterAll(() => Promise.all(servers.map((server) => server.close())));
  afterEach(() => telephony.close());

  async function connect(endpoints: { creatingMax?: number } = {}): Promise<Telephony> {
    const configuration = parseTelephonyConfiguration({
      media: 'freeswitch',
      drachtio: servers.map(({ drachtio }) => drachtio),
      // The other way round: a server is chosen among those of its kind, whatever was chosen of the other.
      freeswitch: servers.map(({ freeswitch }) => freeswitch).reverse(),
      routes: [{ host: 'callee', address: '127.0.0.1:5999' }],
      endpoints,
    });
    telephony = await Telephony.connect(configuration, { logger });
    await expect.poll(() => telephony.servers().every(({ isUp }) => isUp)).toBe(true);
    return telephony;
  }

  const busyCalls = () => telephony.servers().map((server) => server.busyCalls);

  it('sends each dial to the least busy of them', async () => {
    const made = await connect();
    const dials: PreparedDial[] = [];
    for (let i = 0; i < 4; i++) dials.push(await made.prepare(REQUEST));
    expect(busyCalls()).toEqual([2, 2, 2, 2]);
    const [first] = dials;
    const isOnFirst = ({ whereabouts }: (typeof dials)[number]) =>
      whereabouts.drachtio === first?.whereabouts.drachtio;
    const [ofFirst, ofSecond] = [dials.filter(isOnFirst), dials.filter((dialled) => !isOnFirst(dialled))];
    const freeswitchOf = (of: typeof dials) => new Set(of.map(({ whereabouts }) => whereabouts.freeswitch));
    expect([freeswitchOf(ofFirst).size, freeswitchOf(ofSecond).size]).toEqual([1, 1]);

    await Promise.all(ofSecond.map((dialled) => dialled.discard()));
    expect(busyCalls()).toEqual([2, 0, 2, 0]);
    const next = await made.prepare(REQUEST);
    const { drachtio, freeswitch } = ofSecond[0]?.whereabouts ?? {};
    expect(next.whereabouts).toMatchObject({ drachtio, freeswitch });
    await Promise.all([next, ...ofFirst].map((dialled) => dialled.discard()));
    expect(busyCalls()).toEqual([0, 0, 0, 0]);
  });

  it('spreads simultaneous dials over them, and creates few endpoints at a time', async () => {
    const made = await connect({ creatingMax: 2 });
    const making = new Map<FreeswitchServer, number>();
    const atOnce: number[] = [];
    const { createEndpoint } = FreeswitchServer.prototype;
    const watched = vi.spyOn(FreeswitchServer.prototype, 'createEndpoint');
    watched.mockImplementation(async function (this: FreeswitchServer, drachtio) {
      const count = (by: number) => making.set(this, (making.get(this) ?? 0) + by).get(this) ?? 0;
      atOnce.push(count(1));
      return createEndpoint.call(this, drachtio).finally(() => count(-1));
    });
    const dials = await Promise.all(Array.from({ length: 12 }, () => made.prepare(REQUEST)));
    watched.mockRestore();
    expect(busyCalls()).toEqual([6, 6, 6, 6]);
    expect(Math.max(...atOnce)).toBe(2);
    expect(new Set(dials.map(({ whereabouts }) => whereabouts.endpointUuid)).size).toBe(12);
    await Promise.all(dials.map((dialled) => dialled.discard()));
  });
});
