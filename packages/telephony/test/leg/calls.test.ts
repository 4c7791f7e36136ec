import { describe, expect, it } from 'vitest';
import { dial, hangUpOnceConnected } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();
const { callee, telephony } = network;

function types(events: ReadonlyArray<{ type: string }>): string[] {
  return events.map(({ type }) => type);
}

describe('a call that is answered', () => {
  it('rings, is answered, and reports the callee who hangs up', async () => {
    const sipp = await callee({ scenario: 'rings-then-answers-then-hangs-up', calls: 1 });
    const call = await dial(await telephony(sipp));
    expect(await call.over).toMatchObject({ type: 'hungUp', cause: 'NORMAL', q850: null });
    expect(types(call.events)).toEqual(['invited', 'progressed', 'answered', 'hungUp']);
    expect(call.events[1]).toMatchObject({ status: 180, rings: true, earlyMedia: false });
    expect(call.events[2]).toMatchObject({ codec: 'PCMA' });
    expect(await sipp.finished).toBe(0);
    expect(sipp.log().map(({ method }) => method)).toEqual(['INVITE', 'ACK', '200']);
  });

  it('goes over TCP through a trunk that takes it so, from the INVITE to the BYE', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1, transport: 'tcp' });
    const made = await telephony(null, {
      trunks: [{ name: 'uk', address: sipp.address, transport: 'tcp', callerIds: 'any' }],
    });
    const request = { callTo: 'tel:+441632960001', callFrom: '+441632960000' };
    const call = await dial(made, request, hangUpOnceConnected);
    expect(await call.over).toMatchObject({ type: 'released', rawCause: null });
    expect(await sipp.finished).toBe(0);
    expect(sipp.log().map(({ method, headers }) => [method, headers.via?.split(' ')[0]])).toEqual([
      ['INVITE', 'SIP/2.0/TCP'],
      ['ACK', 'SIP/2.0/TCP'],
      ['BYE', 'SIP/2.0/TCP'],
    ]);
  });

  it('keeps the Call-ID that was recorded before the INVITE left', async () => {
    const sipp = await callee({ scenario: 'rejects-busy-486', calls: 1 });
    const call = await dial(await telephony(sipp));
    await call.over;
    expect(sipp.log()[0]?.callId).toBe(call.leg.whereabouts.callId);
  });

  it('tells the callee to stop ringing a little later than our CANCEL', async () => {
    const expires = async (secondsTimeout: number | null) => {
      const sipp = await callee({ scenario: 'rejects-busy-486', calls: 1 });
      await (await dial(await telephony(sipp), { secondsTimeout })).over;
      return sipp.log()[0]?.headers.expires;
    };
    expect(await expires(19.5)).toBe('23');
    expect(await expires(null)).toBeUndefined();
  });

  it('has its media connected, and hanging up ends leg and endpoint', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const made = await telephony(sipp);
    const call = await dial(made, {}, hangUpOnceConnected);
    expect(await call.over).toMatchObject({ type: 'released', rawCause: null });
    expect(types(call.events)).toEqual(['invited', 'answered', 'mediaConnected', 'released']);
    expect(await sipp.finished).toBe(0);
    expect(made.servers().map(({ busyCalls }) => busyCalls)).toEqual([0, 0]);
  });
});
