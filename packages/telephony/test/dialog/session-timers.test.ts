import { PLAIN_SDP, sipHeader } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const { raw } = useNetwork();

// In a file of its own, since it lasts: drachtio refreshes within 5 s of half of the interval.
describe('a session timer of the callee', () => {
  it('that makes us the refresher is refreshed, and the call stays up', async () => {
    const headers = ['Session-Expires: 12;refresher=uac', 'Require: timer'];
    const { telephony, call: callee } = await raw((call) => {
      call.onReinvite = (reinvite) =>
        call.send(call.response('200 OK', { headers, body: PLAIN_SDP }, reinvite));
      call.respond('200 OK', { headers, body: PLAIN_SDP });
    });
    const call = await dial(telephony);
    await call.next('answered');
    await expect.poll(() => callee().reinvites.length, { timeout: 15_000 }).toBe(1);
    expect(sipHeader(callee().reinvites[0] ?? '', 'Session-Expires')).toMatch(/^12;\s*refresher=uac$/);
    const options = callee().request('OPTIONS');
    await expect.poll(() => callee().answers.get(options)).toBe(200);
    call.leg.hangUp();
    expect(await call.over).toMatchObject({ type: 'released' });
  });

  it('that the callee does not refresh ends the call, whose far end has failed', async () => {
    const headers = ['Session-Expires: 2;refresher=uas', 'Require: timer'];
    const { telephony, call: callee } = await raw((call) =>
      call.respond('200 OK', { headers, body: PLAIN_SDP }),
    );
    const call = await dial(telephony);
    expect(await call.over).toMatchObject({ type: 'hungUp', cause: 'FAILED', q850: null });
    await expect.poll(() => callee().up).toEqual([]);
  });
});
