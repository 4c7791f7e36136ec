import { PLAIN_SDP, type RawCall } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const { raw } = useNetwork();

const contact = (call: RawCall, user: string) => ({ Contact: `<sip:${user}@${call.address}>` });

describe('an answer that makes no dialog', () => {
  it.each([
    [
      'a 200 without a Contact',
      (call: RawCall) => call.respond('200 OK', { body: PLAIN_SDP, replace: { Contact: null } }),
    ],
    ['a 202', (call: RawCall) => call.respond('202 Accepted', { body: PLAIN_SDP })],
  ])('(%s) is acknowledged and hung up', async (_what, script) => {
    const { telephony, call: callee } = await raw(script);
    const call = await dial(telephony);
    expect(await call.over).toMatchObject({ type: 'rejected', cause: 'FAILED' });
    expect(await call.leg.untilGone()).toBe(true);
    expect([...callee().acknowledged]).toEqual(['callee']);
    expect([...callee().ended]).toEqual(['callee']);
  });
});

describe('a forked INVITE', () => {
  it('whose second fork answers too is hung up there, and the first stays up', async () => {
    const { telephony, call: callee } = await raw((call) => {
      for (const tag of ['one', 'two']) call.respond('180 Ringing', { tag, replace: contact(call, tag) });
      for (const tag of ['one', 'two'])
        call.respond('200 OK', { tag, body: PLAIN_SDP, replace: contact(call, tag) });
    });
    const call = await dial(telephony);
    await call.next('answered');
    await expect.poll(() => [...callee().ended]).toEqual(['two']);
    const options = callee().request('OPTIONS', { tag: 'one' });
    await expect.poll(() => callee().answers.get(options)).toBe(200);
    expect(call.events.map(({ type }) => type)).not.toContain('hungUp');
    call.leg.hangUp();
    await call.over;
    expect([...callee().ended].sort()).toEqual(['one', 'two']);
  });

  it('by a gateway that only changes its tag is one call, in which nothing is hung up', async () => {
    const { telephony, call: callee } = await raw((call) => {
      call.respond('180 Ringing', { tag: 'early' });
      call.respond('200 OK', { tag: 'final', body: PLAIN_SDP });
    });
    const call = await dial(telephony);
    await call.next('answered');
    call.leg.hangUp();
    await call.over;
    expect([...callee().ended]).toEqual(['final']);
  });
});
