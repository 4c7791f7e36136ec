import type { LegEvent } from '@outdial/contract';
import { describe, expect, it } from 'vitest';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();
const { callee, telephony } = network;

describe('cancelling a call', () => {
  it('while it rings reports the response to the INVITE', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'progressed') leg.cancel();
    });
    expect(await call.over).toMatchObject({ type: 'released', rawCause: { sipStatus: 487 } });
    expect(await sipp.finished).toBe(0);
    expect(sipp.log().map(({ method }) => method)).toEqual(['INVITE', 'CANCEL', 'ACK']);
  });

  it('before its INVITE has left sends no INVITE', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled' });
    const made = await telephony(sipp);
    const prepared = await made.prepare({ jobId: 'job-1', callTo: 'sip:someone@callee', headers: {} });
    const events: LegEvent[] = [];
    prepared.dial((event) => events.push(event)).cancel();
    expect(events).toMatchObject([{ type: 'released', rawCause: null }]);
    await made.close();
    expect(sipp.log()).toEqual([]);
  });

  it('as soon as its INVITE has left waits for a provisional response', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'invited') leg.cancel();
    });
    expect(await call.over).toMatchObject({ type: 'released' });
    expect(await sipp.finished).toBe(0);
  });

  it('twice sends one CANCEL', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type !== 'progressed') return;
      leg.cancel();
      leg.cancel();
      leg.hangUp();
    });
    await call.over;
    expect(await sipp.finished).toBe(0);
    expect(sipp.log().filter(({ method }) => method === 'CANCEL')).toHaveLength(1);
  });

  it('gives the endpoint to the next dial', async () => {
    const sipp = await callee({ scenario: 'rings-until-cancelled', calls: 2 });
    const made = await telephony(sipp);
    const uuids: Array<string | undefined> = [];
    for (let i = 0; i < 2; i++) {
      const call = await dial(made, {}, (event, leg) => {
        if (event.type === 'progressed') leg.cancel();
      });
      uuids.push(call.leg.whereabouts.endpointUuid);
      await call.over;
    }
    expect(uuids[0]).toBe(uuids[1]);
  });
});

describe('a 200 that crosses our CANCEL', () => {
  it('is reported as an answer, which hanging up releases', async () => {
    const sipp = await callee({ scenario: 'answers-crossing-cancel', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'progressed') leg.cancel();
      if (event.type === 'answered') leg.hangUp();
    });
    expect(await call.over).toMatchObject({ type: 'released' });
    expect(call.events.map(({ type }) => type)).toEqual(['invited', 'progressed', 'answered', 'released']);
    expect(await sipp.finished).toBe(0);
  });

  it('is released by the BYE that drachtio sends even if it is not hung up', async () => {
    const sipp = await callee({ scenario: 'answers-crossing-cancel', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'progressed') leg.cancel();
    });
    expect(await call.over).toMatchObject({ type: 'released' });
    expect(await sipp.finished).toBe(0);
  });
});

describe('the far end', () => {
  it('that hangs up right after its answer is reported with both', async () => {
    const sipp = await callee({ scenario: 'hangs-up-before-verdict', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    expect(await call.over).toMatchObject({ type: 'hungUp', cause: 'NORMAL', q850: null });
    // Its media may or may not have been connected by then.
    const types = call.events.map(({ type }) => type).filter((type) => type !== 'mediaConnected');
    expect(types).toEqual(['invited', 'answered', 'hungUp']);
    expect(await sipp.finished).toBe(0);
  });

  it('that hangs up with a Reason header is reported with its cause', async () => {
    const sipp = await callee({ scenario: 'hangs-up-with-q850', calls: 1 });
    const call = await dial(await telephony(sipp));
    expect(await call.over).toMatchObject({ type: 'hungUp', cause: 'OUTOFORDER', q850: 27 });
  });

  it('that hangs up as we do ends the call once', async () => {
    const sipp = await callee({ scenario: 'rings-then-answers-then-hangs-up', calls: 1, holdMs: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.hangUp();
    });
    expect(['released', 'hungUp']).toContain((await call.over).type);
    expect(call.events.filter(({ type }) => ['released', 'hungUp'].includes(type))).toHaveLength(1);
  });

  it('that rings again after its early media is reported as it comes', async () => {
    const sipp = await callee({ scenario: 'early-media-then-rings-then-answers', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.hangUp();
    });
    await call.over;
    expect(call.events.slice(1, 4)).toMatchObject([
      { type: 'progressed', status: 183, rings: true, earlyMedia: true },
      { type: 'progressed', status: 180, rings: true, earlyMedia: false },
      { type: 'answered' },
    ]);
    expect(await sipp.finished).toBe(0);
  });

  it('that moves its media gets an answer, and the call goes on', async () => {
    const sipp = await callee({ scenario: 'answers-then-moves-its-media', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    expect(await call.over).toMatchObject({ type: 'hungUp' });
    expect(sipp.log().map(({ method }) => method)).toContain('200');
    expect(await sipp.finished).toBe(0);
  });
});
