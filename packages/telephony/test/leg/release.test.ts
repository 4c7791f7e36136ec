import type { Whereabouts } from '@outdial/contract';
import type { Sipp } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { cabledTelephony } from '../support/cabled.js';
import { dial, telephonyOn } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();
const { callee, onEnd } = network;

type Overrides = Parameters<typeof telephonyOn>[2];

/** Never aborted. */
const { signal } = new AbortController();
/** A server that falls silent is missed after 4.5 s. */
const NOTICED = { timeout: 8000 };
const request = { jobId: 'j', callTo: 'sip:a@callee', headers: {} };
const toNumber = { callTo: 'tel:+441632960000', callFrom: '+441632960999' };

function trunkTo(sipp: Sipp): Overrides {
  const credentials = { username: 'us', password: 'secret' };
  return { trunks: [{ name: 'carrier', address: sipp.address, callerIds: 'any', credentials }] };
}

/** A telephony whose connections can be cut, and another that releases its calls. */
async function ownerAndTaker(sipp: Sipp | null, overrides: Overrides = {}) {
  const owner = await cabledTelephony(network, sipp, overrides);
  const taker = await telephonyOn(network.servers, null, overrides);
  onEnd(() => taker.close());
  return { ...owner, taker };
}

/** A copy that learns no more, with the same servers under the addresses that the taker knows them by. */
function here(whereabouts: Whereabouts): Whereabouts {
  const { drachtio, freeswitch } = network.servers;
  return {
    ...whereabouts,
    drachtio: `${drachtio.host}:${drachtio.port}`,
    freeswitch: `${freeswitch.host}:${freeswitch.port}`,
  };
}

const methods = (sipp: Sipp) => sipp.log().map(({ method }) => method);

describe('a worker lost', () => {
  it('leaves an answered call, which another worker releases by its dialog id', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const { telephony, taker, drachtio } = await ownerAndTaker(sipp);
    const call = await dial(telephony, {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    drachtio.cut();
    const report = await taker.release(here(call.leg.whereabouts), signal);
    expect(report.leg).toBe('released');
    expect(await sipp.finished).toBe(0);
  });

  it('leaves a ringing call, which another worker cancels by its transaction id', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 1 });
    const { telephony, taker, drachtio } = await ownerAndTaker(sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    drachtio.cut();
    expect((await taker.release(here(call.leg.whereabouts), signal)).leg).toBe('released');
    expect(await sipp.finished).toBe(0);
    expect(methods(sipp)).toEqual(['INVITE', 'CANCEL', 'ACK']);
  });

  it('leaves a ringing call, which another worker hangs up when its answer crosses the CANCEL', async () => {
    const sipp = await callee({ scenario: 'answers-after-cancel', calls: 1, holdMs: 700 });
    const { telephony, taker, drachtio } = await ownerAndTaker(sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    drachtio.cut();
    expect((await taker.release(here(call.leg.whereabouts), signal)).leg).toBe('released');
    expect(await sipp.finished).toBe(0);
    expect(methods(sipp)).toEqual(['INVITE', 'CANCEL', 'BYE']);
  });

  it('before it recorded any id leaves an answered call, which is released by its Call-ID', async () => {
    const sipp = await callee({ scenario: 'rings-then-answers', calls: 1, holdMs: 50 });
    const { telephony, taker, drachtio } = await ownerAndTaker(sipp);
    const call = await dial(telephony);
    await call.next('answered');
    drachtio.cut();
    const { stackDialogId: _dialog, stackTxnId: _transaction, ...known } = here(call.leg.whereabouts);
    expect((await taker.release(known, signal)).leg).toBe('released');
    expect(await sipp.finished).toBe(0);
  });

  it('just as its INVITE was challenged leaves a call, which is looked for until it is answered', async () => {
    const scenario = 'challenges-407-then-rings-then-answers';
    const sipp = await callee({ scenario, calls: 1, holdMs: 800 });
    const { telephony, taker, drachtio } = await ownerAndTaker(null, trunkTo(sipp));
    const onRecord: Whereabouts[] = [];
    const call = await dial(telephony, toNumber, (event, leg) => {
      if (event.type === 'invited') onRecord.push(here(leg.whereabouts));
    });
    await call.next('progressed');
    drachtio.cut();
    const [ofFirstInvite] = onRecord;
    expect(ofFirstInvite?.mayBeResent).toBe(true);
    // Once it rings, no challenge comes.
    expect(here(call.leg.whereabouts).mayBeResent).toBe(false);
    expect((await taker.release(ofFirstInvite as Whereabouts, signal)).leg).toBe('released');
    expect(await sipp.finished).toBe(0);
  });

  it('after its call ended leaves nothing, which another worker finds out at once', async () => {
    const sipp = await callee({ scenario: 'rings-then-rejects-busy-486', calls: 1 });
    const { telephony, taker } = await ownerAndTaker(null, trunkTo(sipp));
    const call = await dial(telephony, toNumber);
    await call.over;
    expect(call.leg.isGone).toBe(true);
    expect((await taker.release(here(call.leg.whereabouts), signal)).leg).toBe('gone');
  });

  it('leaves a call whose trunk challenges the BYE, which another worker answers', async () => {
    const sipp = await callee({ scenario: 'challenges-the-bye', calls: 1 });
    const { telephony, taker, drachtio } = await ownerAndTaker(null, trunkTo(sipp));
    const call = await dial(telephony, toNumber, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    drachtio.cut();
    expect((await taker.release(here(call.leg.whereabouts), signal)).leg).toBe('released');
    expect(await sipp.finished).toBe(0);
  });

  it('leaves a call, which another worker releases as soon as its own connection is restored', async () => {
    const sipp = await callee({ scenario: 'rings-then-answers', calls: 1, holdMs: 50 });
    const { telephony, drachtio } = await ownerAndTaker(sipp);
    const taker = await cabledTelephony(network, null);
    const call = await dial(telephony);
    await call.next('answered');
    drachtio.cut();
    taker.drachtio.freeze();
    const whereabouts = { ...call.leg.whereabouts, drachtio: taker.addresses[0] ?? '' };
    const releasing = taker.telephony.release(whereabouts, signal);
    await expect.poll(() => taker.telephony.isReady, NOTICED).toBe(false);
    taker.drachtio.restore({ loses: true });
    expect((await releasing).leg).toBe('released');
    expect(await sipp.finished).toBe(0);
  }, 20_000);

  it('leaves an endpoint, which another worker kills once', async () => {
    const { telephony, taker } = await ownerAndTaker(await callee({ scenario: 'silent' }));
    const prepared = await telephony.prepare(request);
    const whereabouts = { ...here(prepared.whereabouts), drachtio: '192.0.2.1:9022' };
    expect((await taker.release(whereabouts, signal)).endpoint).toBe('released');
    await expect.poll(async () => (await taker.release(whereabouts, signal)).endpoint).toBe('gone');
    await prepared.discard();
  });

  it('with servers that are not configured here leaves its calls to others', async () => {
    const { taker } = await ownerAndTaker(null);
    const whereabouts = {
      callId: 'x',
      drachtio: '192.0.2.1:9022',
      freeswitch: '192.0.2.1:8021',
      endpointUuid: '00000000-0000-0000-0000-000000000000',
    };
    expect(await taker.release(whereabouts, signal)).toEqual({ leg: 'elsewhere', endpoint: 'elsewhere' });
  });

  it('leaves calls, which are looked for until the other worker stops', async () => {
    const { taker, telephony } = await ownerAndTaker(await callee({ scenario: 'silent' }));
    const prepared = await telephony.prepare(request);
    const stopping = new AbortController();
    const releasing = taker.release(
      { ...here(prepared.whereabouts), freeswitch: undefined },
      stopping.signal,
    );
    stopping.abort();
    expect(await releasing).toEqual({ leg: 'stopped', endpoint: 'none' });
    await prepared.discard();
  });
});

describe('a call whose connection was lost', () => {
  it('is hung up as soon as drachtio is back', async () => {
    const sipp = await callee({ scenario: 'rings-then-answers', calls: 1, holdMs: 50 });
    const { telephony, drachtio } = await cabledTelephony(network, sipp);
    const call = await dial(telephony);
    await call.next('answered');
    drachtio.cut();
    expect(await call.over).toMatchObject({ type: 'lost', part: 'drachtio' });
    expect(call.leg.isGone).toBe(false);
    drachtio.restore();
    expect(await call.leg.untilGone()).toBe(true);
    expect(call.leg.isGone).toBe(true);
    expect(await sipp.finished).toBe(0);
  });

  it('is cancelled as soon as drachtio is back, even if it is lost again in between', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 1 });
    const { telephony, drachtio } = await cabledTelephony(network, sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    drachtio.cut();
    await call.over;
    drachtio.restore();
    await telephony.ready();
    drachtio.freeze();
    await expect.poll(() => telephony.isReady, NOTICED).toBe(false);
    drachtio.restore({ loses: true });
    expect(await call.leg.untilGone()).toBe(true);
    expect(await sipp.finished).toBe(0);
  }, 20_000);

  it('on both servers at once is hung up as well', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const { telephony, drachtio, freeswitch } = await cabledTelephony(network, sipp);
    const call = await dial(telephony, {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    // FreeSWITCH is missed first; the BYE goes into a connection that is dead, and not known to be.
    drachtio.freeze();
    freeswitch.cut();
    expect(await call.over).toMatchObject({ type: 'lost', part: 'freeswitch' });
    expect(call.leg.isGone).toBe(false);
    drachtio.restore({ loses: true });
    expect(await call.leg.untilGone()).toBe(true);
    expect(await sipp.finished).toBe(0);
  }, 20_000);

  it('just after our BYE was sent is hung up once drachtio is back', async () => {
    const sipp = await callee({ scenario: 'rings-then-answers', calls: 1, holdMs: 50 });
    const { telephony, drachtio } = await cabledTelephony(network, sipp);
    const call = await dial(telephony, {}, (event, leg) => {
      if (event.type !== 'answered') return;
      drachtio.freeze();
      leg.hangUp();
    });
    expect(await call.over).toMatchObject({ type: 'lost', part: 'drachtio' });
    drachtio.restore({ loses: true });
    expect(await call.leg.untilGone()).toBe(true);
    expect(await sipp.finished).toBe(0);
  }, 20_000);

  it('is not reported as gone when the telephony is closed first', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled' });
    const { telephony, drachtio } = await cabledTelephony(network, sipp);
    const call = await dial(telephony);
    await call.next('progressed');
    drachtio.cut();
    await call.over;
    await telephony.close();
    expect(await call.leg.untilGone()).toBe(false);
  });
});

describe('a call that is given up', () => {
  it('ends at once, and is cancelled in the background', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 1 });
    const call = await dial(await network.telephony(sipp));
    await call.next('progressed');
    call.leg.giveUp();
    expect(call.events.at(-1)).toMatchObject({ type: 'released', rawCause: null });
    expect(call.leg.isGone).toBe(false);
    expect(await call.leg.untilGone()).toBe(true);
    expect(await sipp.finished).toBe(0);
    expect(methods(sipp)).toEqual(['INVITE', 'CANCEL', 'ACK']);
  });
});
