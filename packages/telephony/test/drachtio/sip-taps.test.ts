import type { CapturedSip } from '@outdial/contract';
import { expect, it } from 'vitest';
import { SipTaps } from '../../src/drachtio/sip-taps.js';

const sip = (...lines: string[]) => [...lines, '', ''].join('\r\n');
const received = 'x|sip|network|100|udp|192.0.2.1|5060|12:00|t|d|';
const sent = 'x|response|y|OK|application|100|tcp|192.0.2.1|5061|12:00|t|d|Msg sent:|';

it('hands the messages of a call to whoever asked for it, until that ends', () => {
  const taps = new SipTaps();
  const told: CapturedSip[] = [];
  taps.take(sip(received, 'SIP/2.0 100 Trying', 'Call-ID: one'));
  const end = taps.open('one', (message) => told.push(message));
  taps.take(sip(received, 'SIP/2.0 180 Ringing', 'call-id : one'));
  taps.take(sip(received, 'SIP/2.0 180 Ringing', 'i:one'));
  taps.take(sip(sent, 'BYE sip:a@b SIP/2.0', 'Call-ID: one'));
  // Another call, and what is no SIP.
  taps.take(sip(received, 'SIP/2.0 180 Ringing', 'Call-ID: two'));
  taps.take(sip('x|response|y|NOK|Call-ID: one', 'Call-ID: one'));
  taps.take('x|response|y|OK|pong');
  end();
  taps.take(sip(received, 'SIP/2.0 200 OK', 'Call-ID: one'));
  expect(told.map(({ isSent, source, text }) => [isSent, source, text.split('\r\n')[0]])).toEqual([
    [false, 'udp/192.0.2.1:5060', 'SIP/2.0 180 Ringing'],
    [false, 'udp/192.0.2.1:5060', 'SIP/2.0 180 Ringing'],
    [true, 'tcp/192.0.2.1:5061', 'BYE sip:a@b SIP/2.0'],
  ]);
});

it('leaves credentials and media keys out', () => {
  const taps = new SipTaps();
  const told: CapturedSip[] = [];
  taps.open('one', (message) => told.push(message));
  const secret = 'd0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj';
  taps.take(
    sip(
      ...[sent, 'INVITE sip:a@b SIP/2.0', 'Call-ID: one'],
      ...['Authorization: Digest username="u", response="7587245234b3434cc3412213e5f113a5"'],
      ...['Proxy-Authorization: Digest response="0123456789abcdef"', 'To: <sip:a@b>', ''],
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${secret}|2^20`,
    ),
  );
  const [{ text } = { text: '' }] = told;
  expect(text).toContain('To: <sip:a@b>');
  for (const hidden of [secret, '7587245234b3434cc3412213e5f113a5', '0123456789abcdef'])
    expect(text).not.toContain(hidden);
});
