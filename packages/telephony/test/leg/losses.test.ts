import type { LegEvent } from '@outdial/contract';
import { openIntercept, type Sipp } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/async/deferred.js';
import { cabledTelephony } from '../support/cabled.js';
import { dial, telephonyOn } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();
const { callee, onEnd } = network;

const cabled = (sipp: Sipp | null) => cabledTelephony(network, sipp);

const request = { jobId: 'j', callTo: 'sip:a@callee', headers: {} };

describe('the loss of drachtio', () => {
  it('ends its calls as lost, refuses new ones retryably, and serves again once it answers', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled' });
    const { telephony, drachtio, addresses } = await cabled(sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    drachtio.cut();
    expect(await call.over).toMatchObject({ type: 'lost', part: 'drachtio', address: addresses[0] });
    await expect(telephony.prepare(request)).rejects.toMatchObject({ code: 'NO_DRACHTIO', retryable: true });
    await expect.poll(() => telephony.servers()[0]).toMatchObject({ isUp: false, busyCalls: 0 });

    drachtio.restore();
    await telephony.ready();
    const next = await dial(telephony, {}, (event, leg) => {
      if (event.type === 'progressed') leg.cancel();
    });
    expect(await next.over).toMatchObject({ type: 'released' });
  });

  it('lets a simultaneous CANCEL have no effect, since commands never throw', async () => {
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
    drachtio.cut();
    expect(await thrown.promise).toBeNull();
    expect(await second.over).toMatchObject({ type: 'lost', part: 'drachtio' });
  });

  it('is noticed too when its connection stays open', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled' });
    const { telephony, drachtio } = await cabled(sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    drachtio.freeze();
    expect(await call.over).toMatchObject({ type: 'lost', part: 'drachtio' });
  });
});

describe('the loss of FreeSWITCH', () => {
  it('ends its calls as lost, hangs up their legs, and refuses new ones retryably', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const { telephony, freeswitch, addresses } = await cabled(sipp);
    const call = await dial(telephony, {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    freeswitch.cut();
    expect(await call.over).toMatchObject({ type: 'lost', part: 'freeswitch', address: addresses[1] });
    expect(await sipp.finished).toBe(0);
    await expect(telephony.prepare(request)).rejects.toMatchObject({
      code: 'NO_FREESWITCH',
      retryable: true,
    });

    freeswitch.restore();
    await telephony.ready();
    await (await telephony.prepare(request)).discard();
  });

  it('cancels a ringing call', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 1 });
    const { telephony, freeswitch } = await cabled(sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    freeswitch.cut();
    expect(await call.over).toMatchObject({ type: 'lost', part: 'freeswitch' });
    expect(await sipp.finished).toBe(0);
  });

  it('is noticed too when its connection stays open', async () => {
    const { telephony, freeswitch } = await cabled(await callee({ scenario: 'silent' }));
    const call = await dial(telephony);
    freeswitch.freeze();
    expect(await call.over).toMatchObject({ type: 'lost', part: 'freeswitch' });
  });

  it('by a wrong secret is reported as the reason why it is down', async () => {
    const sipp = await callee({ scenario: 'silent' });
    const made = await telephonyOn(network.servers, sipp, {
      freeswitch: [network.servers.freeswitch, { ...network.servers.freeswitch, secret: 'wrong' }],
    });
    onEnd(() => made.close());
    await expect
      .poll(() => made.servers().map(({ problem }) => problem))
      .toEqual([null, null, 'wrong secret']);
  });
});

describe('a server lost after it was reserved for a dial', () => {
  it.each([
    ['drachtio, still away', 'drachtio', false],
    ['drachtio, back again', 'drachtio', true],
    ['FreeSWITCH, still away', 'freeswitch', false],
    ['FreeSWITCH, back again', 'freeswitch', true],
  ] as const)('(%s) sends no INVITE, so that the job can be retried', async (_, kind, isBack) => {
    const sipp = await callee({ scenario: 'rejects-busy-486' });
    const made = await cabled(sipp);
    const { telephony } = made;
    const prepared = await telephony.prepare({ ...request, callTo: 'sip:a@callee' });
    made[kind].cut();
    await expect.poll(() => telephony.isReady).toBe(false);
    if (isBack) {
      made[kind].restore();
      await telephony.ready();
    }
    const events: LegEvent[] = [];
    const over = deferred<void>();
    const leg = prepared.dial((event) => {
      events.push(event);
      over.resolve();
    });
    await over.promise;
    expect(events).toMatchObject([{ type: 'rejected', error: { code: 'INTERNAL' } }]);
    expect(leg.isGone).toBe(true);
    expect(sipp.log()).toEqual([]);
  });
});

describe('an INVITE that drachtio-srf loses track of', () => {
  it('counts as lost, not as failed, and is hung up when it is answered', async () => {
    const sipp = await callee({ scenario: 'rings-then-answers', calls: 1 });
    // drachtio tells what it has sent; that cannot be read.
    const garble = (data: Buffer) =>
      Buffer.from(
        data.toString('latin1').replace('\r\nINVITE sip:someone', '\r\nINV@TE sip:someone'),
        'latin1',
      );
    const garbling = await openIntercept(network.servers.drachtio, () => ({ toClient: garble }));
    onEnd(() => garbling.close());
    const telephony = await telephonyOn(network.servers, sipp, {
      drachtio: [{ ...network.servers.drachtio, port: garbling.port }],
    });
    onEnd(() => telephony.close());
    const call = await dial(telephony);
    expect(await call.over).toMatchObject({ type: 'lost', part: 'drachtio' });
    expect(await call.leg.untilGone()).toBe(true);
    expect(await sipp.finished).toBe(0);
  });
});
