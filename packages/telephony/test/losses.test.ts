import type { Sipp } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { deferred } from '../src/deferred.js';
import type { Telephony } from '../src/telephony.js';
import { type Cable, layCable } from './support/cable.js';
import { dial, telephonyOn } from './support/dialling.js';
import { useNetwork } from './support/network.js';

const network = useNetwork();
const { callee, onEnd } = network;

/** A telephony whose connections to both servers run through cables. */
async function cabled(
  sipp: Sipp | null,
): Promise<{ telephony: Telephony; drachtio: Cable; freeswitch: Cable; addresses: string[] }> {
  const drachtio = await layCable(network.engines.drachtio);
  const freeswitch = await layCable(network.engines.freeswitch);
  const telephony = await telephonyOn(network.engines, sipp, {
    drachtio: [{ ...network.engines.drachtio, port: drachtio.port }],
    freeswitch: [{ ...network.engines.freeswitch, port: freeswitch.port }],
  });
  onEnd(() => drachtio.remove());
  onEnd(() => freeswitch.remove());
  onEnd(() => telephony.close());
  return {
    telephony,
    drachtio,
    freeswitch,
    addresses: [drachtio, freeswitch].map(({ port }) => `127.0.0.1:${port}`),
  };
}

const request = { jobId: 'j', callTo: 'sip:a@callee', headers: {} };

describe('drachtio lost', () => {
  it('ends the calls on it as lost, refuses new ones retryably, and serves again once it answers', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled' });
    const { telephony, drachtio, addresses } = await cabled(sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    await drachtio.cut();
    expect(await call.over).toMatchObject({ type: 'lost', engine: 'drachtio', address: addresses[0] });
    await expect(telephony.prepare(request)).rejects.toMatchObject({ code: 'NO_DRACHTIO', retryable: true });
    await expect.poll(() => telephony.servers()[0]).toMatchObject({ isUp: false, busyCalls: 0 });

    await drachtio.mend();
    await telephony.ready();
    const next = await dial(telephony, {}, (event, leg) => {
      if (event.type === 'progressed') leg.cancel();
    });
    expect(await next.over).toMatchObject({ type: 'released' });
  });

  it('takes a CANCEL that comes in that very moment without a word: a command never throws', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 2 });
    const { telephony, drachtio } = await cabled(sipp);
    const thrown = deferred<unknown>();
    const first = await dial(telephony, {}, (event) => {
      if (event.type !== 'lost') return;
      try {
        second.leg.cancel();
        thrown.resolve(null);
      } catch (error) {
        thrown.resolve(error);
      }
    });
    const second = await dial(telephony);
    await Promise.all([first.next('progressed'), second.next('progressed')]);
    await drachtio.cut();
    expect(await thrown.promise).toBeNull();
    expect(await second.over).toMatchObject({ type: 'lost', engine: 'drachtio' });
  });

  it('without its connection being closed is noticed too', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled' });
    const { telephony, drachtio } = await cabled(sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    const before = Date.now();
    drachtio.freeze();
    expect(await call.over).toMatchObject({ type: 'lost', engine: 'drachtio' });
    expect(Date.now() - before).toBeLessThan(5500);
  });
});

describe('FreeSWITCH lost', () => {
  it('ends the calls on it as lost, their legs with them, and refuses new ones retryably', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const { telephony, freeswitch, addresses } = await cabled(sipp);
    const call = await dial(telephony, {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    await freeswitch.cut();
    expect(await call.over).toMatchObject({ type: 'lost', engine: 'freeswitch', address: addresses[1] });
    expect(await sipp.finished).toBe(0);
    await expect(telephony.prepare(request)).rejects.toMatchObject({
      code: 'NO_FREESWITCH',
      retryable: true,
    });

    await freeswitch.mend();
    await telephony.ready();
    await (await telephony.prepare(request)).discard();
  });

  it('while a call rings cancels it', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 1 });
    const { telephony, freeswitch } = await cabled(sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    await freeswitch.cut();
    expect(await call.over).toMatchObject({ type: 'lost', engine: 'freeswitch' });
    expect(await sipp.finished).toBe(0);
  });

  it('takes a CANCEL that comes in that very moment without a word: a command never throws', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 2 });
    const { telephony, drachtio } = await cabled(sipp);
    const thrown = deferred<unknown>();
    const first = await dial(telephony, {}, (event) => {
      if (event.type !== 'lost') return;
      try {
        second.leg.cancel();
        thrown.resolve(null);
      } catch (error) {
        thrown.resolve(error);
      }
    });
    const second = await dial(telephony);
    await Promise.all([first.next('progressed'), second.next('progressed')]);
    await drachtio.cut();
    expect(await thrown.promise).toBeNull();
    expect(await second.over).toMatchObject({ type: 'lost', engine: 'drachtio' });
  });

  it('without its connection being closed is noticed too', async () => {
    const { telephony, freeswitch } = await cabled(await callee({ scenario: 'silent' }));
    const call = await dial(telephony);
    const before = Date.now();
    freeswitch.freeze();
    expect(await call.over).toMatchObject({ type: 'lost', engine: 'freeswitch' });
    expect(Date.now() - before).toBeLessThan(5500);
  });

  it('or with a wrong secret is reported as why it is down', async () => {
    const sipp = await callee({ scenario: 'silent' });
    const made = await telephonyOn(network.engines, sipp, {
      freeswitch: [network.engines.freeswitch, { ...network.engines.freeswitch, secret: 'wrong' }],
    });
    onEnd(() => made.close());
    await expect
      .poll(() => made.servers().map(({ problem }) => problem))
      .toEqual([null, null, 'wrong secret']);
  });
});

describe('a worker lost', () => {
  it('leaves an answered call that another releases by its dialog id', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const { telephony, drachtio } = await cabled(sipp);
    const call = await dial(telephony, {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    const other = await telephonyOn(network.engines, null);
    onEnd(() => other.close());
    await drachtio.cut();
    const report = await other.release(here(call.leg.whereabouts));
    expect(report.leg).toBe('released');
    expect(await sipp.finished).toBe(0);
  });

  it('leaves a ringing call that another cancels by its transaction id', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 1 });
    const { telephony, drachtio } = await cabled(sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    const other = await telephonyOn(network.engines, null);
    onEnd(() => other.close());
    await drachtio.cut();
    expect((await other.release(here(call.leg.whereabouts))).leg).toBe('released');
    expect(await sipp.finished).toBe(0);
    expect(sipp.log().map(({ method }) => method)).toEqual(['INVITE', 'CANCEL', 'ACK']);
  });

  it('before it put any id on record leaves an answered call that is released by its Call-ID', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const { telephony, drachtio } = await cabled(sipp);
    const call = await dial(telephony);
    await call.next('answered');
    const other = await telephonyOn(network.engines, null);
    onEnd(() => other.close());
    await drachtio.cut();
    const { stackDialogId: _dialog, stackTxnId: _transaction, ...known } = here(call.leg.whereabouts);
    expect((await other.release(known)).leg).toBe('released');
    expect(await sipp.finished).toBe(0);
  });

  it('leaves an endpoint that another kills', async () => {
    const { telephony } = await cabled(await callee({ scenario: 'silent' }));
    const prepared = await telephony.prepare(request);
    const other = await telephonyOn(network.engines, null);
    onEnd(() => other.close());
    const whereabouts = here(prepared.whereabouts);
    expect((await other.release(whereabouts)).endpoint).toBe('released');
    await expect.poll(async () => (await other.release(whereabouts)).endpoint).toBe('gone');
    await prepared.discard();
  });

  it('whose servers are none of ours cannot be helped', async () => {
    const other = await telephonyOn(network.engines, null);
    onEnd(() => other.close());
    expect(
      await other.release({
        callId: 'x',
        drachtio: '192.0.2.1:9022',
        freeswitch: null,
        endpointUuid: null,
        trunk: null,
      }),
    ).toEqual({ leg: 'unreachable', endpoint: 'none' });
  });

  /** The same servers under the addresses that the other process knows them by. */
  function here<T extends { drachtio: string; freeswitch: string | null }>(whereabouts: T): T {
    const { drachtio, freeswitch } = network.engines;
    return {
      ...whereabouts,
      drachtio: `${drachtio.host}:${drachtio.port}`,
      freeswitch: `${freeswitch.host}:${freeswitch.port}`,
    };
  }
});
