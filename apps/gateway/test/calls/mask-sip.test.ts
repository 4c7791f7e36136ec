import { describe, expect, it } from 'vitest';
import { maskSip } from '../../src/calls/mask-sip.js';

describe('maskSip', () => {
  it.each([
    [
      'INVITE sip:+441632960001@gw.example;user=phone SIP/2.0',
      'INVITE sip:+44*****0001@gw.example;user=phone SIP/2.0',
    ],
    ['To: <tel:+44-1632-960-001>', 'To: <tel:+44*****0001>'],
    ['To: <tel:+44(0)1632.960001;ext=1>', 'To: <tel:+44*****0001;ext=1>'],
    [
      'From: "Ann (01632) 960 001" <sip:01632-960-001@gw>;tag=a',
      'From: "Ann 01*****0001" <sip:01*****0001@gw>;tag=a',
    ],
    ['P-Asserted-Identity: <sip:%2B441632960001@gw>', 'P-Asserted-Identity: <sip:%2B44*****0001@gw>'],
    ['Remote-Party-ID: <sip:9600001@gw>', 'Remote-Party-ID: <sip:*****01@gw>'],
  ])('hides the number in %s', (text, masked) => {
    expect(maskSip(text)).toBe(masked);
  });

  it.each([
    'Via: SIP/2.0/UDP 192.168.100.200:5060;branch=z9hG4bKa',
    'Contact: <sip:192.168.100.200:5060>',
    'INVITE sip:human@192.168.100.200 SIP/2.0',
    'm=audio 41738 RTP/AVP 8 0 18 101',
    'a=fmtp:101 0-16',
    'CSeq: 187900 INVITE',
  ])('leaves %s as it is', (text) => {
    expect(maskSip(text)).toBe(text);
  });
});
