import { describe, expect, it } from 'vitest';
import { dial } from '../../support/dialling.js';
import { useNetwork } from '../../support/network.js';
import { ACCOUNT, type Demand, startStrictTrunk } from '../../support/strict-trunk.js';
import { CHALLENGE_FORMS } from './challenge-forms.js';

const network = useNetwork();

async function callThrough(demands: readonly Demand[], credentials = ACCOUNT) {
  const trunk = await startStrictTrunk(demands);
  network.onEnd(() => trunk.close());
  const telephony = await network.telephony(null, {
    trunks: [{ name: 't', address: trunk.address, callerIds: 'any', credentials }],
  });
  const call = await dial(telephony, { callTo: 'tel:+441632960001', callFrom: '+441632960000' });
  return { trunk, end: await call.over };
}

describe('a strict trunk lets a call through that it challenges with', () => {
  it.each(CHALLENGE_FORMS)('$name', async ({ demands }) => {
    const { trunk, end } = await callThrough(demands);
    expect(trunk.verdicts).toEqual([...demands.map(() => 'no credentials'), null]);
    expect(end).toMatchObject({ type: 'rejected', cause: 'BUSY' });
  });
});

describe('a trunk that', () => {
  const challenges = ['Proxy-Authenticate: Digest realm="r", nonce="NONCE", qop="auth"'];
  const demand: Demand = { status: 407, challenges, realm: 'r', qop: 'auth' };

  it('finds a nonce stale gets the credentials with the new one', async () => {
    const { trunk, end } = await callThrough([{ ...demand, staleTimes: 2 }]);
    expect(trunk.verdicts).toEqual(['no credentials', 'stale', 'stale', null]);
    expect(end).toMatchObject({ cause: 'BUSY' });
  });

  it('refuses the password is asked once: a new nonce alone does not make it right', async () => {
    const { trunk, end } = await callThrough([demand], { ...ACCOUNT, password: 'wrong' });
    expect(trunk.verdicts).toEqual(['no credentials', 'response']);
    expect(end).toMatchObject({ cause: 'ERROR', error: { code: 'TRUNK_AUTHENTICATION' } });
  });

  it('calls each nonce stale is not asked for ever', async () => {
    const { trunk, end } = await callThrough([{ ...demand, staleTimes: 100 }]);
    expect(trunk.invites).toHaveLength(5);
    expect(end).toMatchObject({ cause: 'ERROR', error: { code: 'TRUNK_AUTHENTICATION' } });
  });

  it('is sent the same dialog identifiers in each INVITE', async () => {
    const { trunk } = await callThrough([demand]);
    const ids = trunk.invites.map(
      (text) => /^Call-ID: .*$/im.exec(text)?.[0] + (/^From: .*$/im.exec(text)?.[0] ?? ''),
    );
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toContain(';tag=');
  });
});
