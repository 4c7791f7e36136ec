import { PLAIN_SDP, sipHeader } from '@outdial/testkit';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { parseTelephonyConfiguration } from '../../src/configuration.js';
import { ALLOW } from '../../src/sip/allow.js';
import { Telephony } from '../../src/telephony.js';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();
const { raw } = network;

describe('the INVITE', () => {
  it('has To and From in brackets, so that parameters of their URIs stay theirs', async () => {
    const { telephony, call: callee } = await raw((call) => call.refuse('486 Busy Here'));
    const call = await dial(telephony, {
      callTo: 'sip:someone@callee;user=phone',
      callFrom: 'us@example.com',
    });
    await call.over;
    expect(sipHeader(callee().invite, 'To')).toBe('<sip:someone@callee;user=phone>');
    expect(sipHeader(callee().invite, 'From')).toMatch(/^<sip:us@example\.com>;tag=\w+$/);
  });

  it('says which methods are allowed', async () => {
    const { telephony, call: callee } = await raw((call) => call.refuse('486 Busy Here'));
    await (await dial(telephony)).over;
    expect(sipHeader(callee().invite, 'Allow')).toBe(ALLOW);
  });

  it('whose session timer is too short is sent again, once, with the shortest that is taken', async () => {
    const seen: string[] = [];
    const { telephony } = await raw((call) => {
      seen.push(call.invite);
      call.refuse(`422 Session Interval Too Small\r\nMin-SE: ${1800 * seen.length}`);
    });
    const call = await dial(telephony, { headers: { 'Session-Expires': '90' } });
    expect(await call.over).toMatchObject({ type: 'rejected', rawCause: { sipStatus: 422 } });
    expect(seen.map((invite) => sipHeader(invite, 'Session-Expires'))).toEqual(['90', '1800']);
    expect(sipHeader(seen[1] ?? '', 'Min-SE')).toBe('1800');
    const [first = 0, second = 0] = seen.map((invite) => Number.parseInt(sipHeader(invite, 'CSeq'), 10));
    expect(second).toBe(first + 1);
  });
});

describe('an INVITE that is too long for UDP', () => {
  it('is sent all the same, with one warning a trunk', async () => {
    const { address, call: callee } = await raw((call) => call.refuse('486 Busy Here'));
    const lines: string[] = [];
    const { drachtio, freeswitch } = network.servers;
    const configuration = parseTelephonyConfiguration({
      drachtio: [drachtio],
      media: 'freeswitch',
      freeswitch: [freeswitch],
      routes: [{ host: 'callee', address }],
    });
    const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
    const telephony = await Telephony.connect(configuration, { logger });
    network.onEnd(() => telephony.close());
    await telephony.ready();
    for (let i = 0; i < 2; i++)
      await (await dial(telephony, { headers: { 'X-Long': 'x'.repeat(1000) } })).over;
    expect(sipHeader(callee().invite, 'X-Long')).toHaveLength(1000);
    expect(lines).toEqual([expect.stringContaining('INVITE too long for UDP')]);
  });
});

describe('an UPDATE before the answer', () => {
  it('is refused with 491 while our offer has no answer, and answered after early media', async () => {
    const { telephony, call: callee } = await raw((call) => call.respond('180 Ringing'));
    const call = await dial(telephony);
    await call.next('progressed');
    const early = callee().request('UPDATE', { body: PLAIN_SDP });
    await expect.poll(() => callee().answers.get(early)).toBe(491);
    callee().respond('183 Session Progress', { body: PLAIN_SDP });
    await call.next('progressed');
    const moved = callee().request('UPDATE', { body: PLAIN_SDP.replace('39999', '40001') });
    await expect.poll(() => callee().answers.get(moved)).toBe(200);
    expect(callee().responses.get(moved)).toMatch(/^m=audio [1-9]\d* RTP\/AVP [08]\b/m);
    call.leg.cancel();
    await call.over;
  });
});
