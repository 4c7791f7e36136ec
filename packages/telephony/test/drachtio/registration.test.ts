import { describe, expect, it } from 'vitest';
import type { Telephony } from '../../src/telephony.js';
import { useNetwork } from '../support/network.js';
import { type Reply, type SeenRequest, startScriptedTrunk } from '../support/scripted-trunk.js';

const network = useNetwork();
const CHALLENGE: Reply = {
  status: '401 Unauthorized',
  lines: ['WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'],
};
const granted = (seconds: number): Reply => ({ status: '200 OK', lines: [`Expires: ${seconds}`] });

async function registrar(answer: (request: SeenRequest, index: number) => Reply) {
  const trunk = await startScriptedTrunk(answer);
  network.onEnd(() => trunk.close());
  const telephony = await network.telephony(null, {
    trunks: [
      {
        name: 't',
        address: trunk.address,
        callerIds: 'any',
        fromDomain: 'carrier.example',
        credentials: { username: 'us', password: 'sesame' },
        register: { expiresSeconds: 600 },
      },
    ],
  });
  return { trunk, telephony };
}

const problems = (telephony: Telephony) => telephony.registrations().map(({ problem }) => problem);

describe('a trunk that asks for registration', () => {
  it('is registered with its credentials, and again at half the time that it grants', async () => {
    const { trunk, telephony } = await registrar((_request, index) => (index === 0 ? CHALLENGE : granted(1)));
    const [asked, answered, refreshed] = [
      await trunk.nth('REGISTER', 1),
      await trunk.nth('REGISTER', 2),
      await trunk.nth('REGISTER', 3),
    ];
    expect(asked.uri).toBe('sip:carrier.example');
    expect(asked.header('To')).toBe('<sip:us@carrier.example>');
    expect(asked.header('Contact')).toMatch(/^<sip:us@127\.0\.0\.1:\d+>;expires=600$/);
    expect(answered.header('Authorization')).toContain('username="us"');
    expect(new Set([asked, answered, refreshed].map((each) => each.header('Call-ID'))).size).toBe(1);
    const numbers = [asked, answered, refreshed].map((each) =>
      Number.parseInt(each.header('CSeq') ?? '', 10),
    );
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(problems(telephony)).toEqual([null]);
  });

  it('asks for longer where the registrar wants that', async () => {
    const { trunk } = await registrar((_request, index) =>
      index === 0 ? { status: '423 Interval Too Brief', lines: ['Min-Expires: 1800'] } : granted(1800),
    );
    expect((await trunk.nth('REGISTER', 2)).header('Contact')).toContain(';expires=1800');
  });

  it('tells why it is not registered, and is tried again', async () => {
    const { trunk, telephony } = await registrar((_request, index) =>
      index === 0 ? { status: '403 Forbidden' } : granted(600),
    );
    await expect.poll(() => problems(telephony)).toEqual(['REGISTER was answered with 403 Forbidden']);
    await trunk.nth('REGISTER', 2);
    await expect.poll(() => problems(telephony)).toEqual([null]);
  });
});
