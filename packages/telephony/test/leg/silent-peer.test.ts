import { describe, expect, it } from 'vitest';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const { callee, telephony } = useNetwork();

describe('a silent peer', () => {
  // In a file of its own, since it lasts: timer B (RFC 3261, section 17.1.1.2) is 32 s.
  it('gets no CANCEL, and counts as a dead trunk after the transaction timeout', async () => {
    const sipp = await callee({ scenario: 'silent' });
    const made = await telephony(sipp);
    const call = await dial(made);
    await call.next('invited');
    call.leg.cancel();
    expect(sipp.log().filter(({ method }) => method === 'CANCEL')).toEqual([]);
    expect(await call.over).toMatchObject({ type: 'released', rawCause: { sipStatus: null } });
  }, 45_000);
});
