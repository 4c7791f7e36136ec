import type { RawCall } from '@outdial/testkit';
import { BUSY, busy, EITHER_BUSY, TIMEOUT, type Torture } from './torture.js';

/** Responses that are malformed or match no transaction (RFC 4475, sections 3.1.2 and 3.2). */
export const UNREADABLE_RESPONSES: readonly Torture[] = [
  ...['099 Odd', '799 Odd', '1000 Odd', '-1 Odd', 'abc Odd', '4294967301 Odd', '0 Odd'].map((status) => ({
    name: `status-${status.split(' ')[0]?.replace('-', 'minus')}`,
    ends: [...TIMEOUT, 'IDLE FAILED', 'IDLE OTHER'],
    script: (call: RawCall) => call.respond(status),
  })),
  {
    name: 'sip-version-7',
    ends: TIMEOUT,
    script: (call) => call.send(call.response('486 Busy').replace('SIP/2.0', 'SIP/7.0')),
  },
  {
    name: 'huge-content-length',
    ends: EITHER_BUSY,
    script: (call) => call.respond('486 Busy', { length: '9999999' }),
  },
  {
    name: 'absurd-content-length',
    ends: EITHER_BUSY,
    script: (call) => call.respond('486 Busy', { length: '99999999999999999999' }),
  },
  {
    name: 'negative-content-length',
    ends: EITHER_BUSY,
    script: (call) => call.respond('486 Busy', { length: '-999' }),
  },
  {
    name: 'other-branch',
    ends: TIMEOUT,
    script: (call) =>
      call.respond('486 Busy', { replace: { Via: 'SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKother' } }),
  },
  { name: 'no-via', ends: TIMEOUT, script: (call) => call.respond('486 Busy', { replace: { Via: null } }) },
  {
    name: 'other-cseq-method',
    ends: TIMEOUT,
    script: (call) => call.respond('486 Busy', { replace: { CSeq: '1 OPTIONS' } }),
  },
  {
    name: 'other-cseq-number',
    ends: TIMEOUT,
    script: (call) => call.respond('486 Busy', { replace: { CSeq: '77777 INVITE' } }),
  },
  {
    name: 'negative-cseq',
    ends: TIMEOUT,
    script: (call) => call.respond('486 Busy', { replace: { CSeq: '-1 INVITE' } }),
  },
  {
    name: 'absurd-cseq',
    ends: TIMEOUT,
    script: (call) => call.respond('486 Busy', { replace: { CSeq: '36893488147419103232 INVITE' } }),
  },
  {
    name: 'other-call-id',
    ends: TIMEOUT,
    script: (call) => call.respond('486 Busy', { replace: { 'Call-ID': 'other@x' } }),
  },
  {
    name: 'no-call-id',
    ends: TIMEOUT,
    script: (call) => call.respond('486 Busy', { replace: { 'Call-ID': null } }),
  },
  {
    name: 'no-from',
    ends: TIMEOUT,
    script: (call) => call.respond('486 Busy', { replace: { From: null } }),
  },
  { name: 'no-to', ends: EITHER_BUSY, script: (call) => call.respond('486 Busy', { replace: { To: null } }) },
  {
    name: 'other-from-tag',
    ends: TIMEOUT,
    script: (call) => call.respond('486 Busy', { replace: { From: '<sip:x@y>;tag=other' } }),
  },
  {
    name: 'garbage-then-busy',
    ends: EITHER_BUSY,
    script: (call) => {
      const whole = call.response('486 Busy');
      const noise = [
        '',
        '\r\n',
        '\r\n\r\n',
        '\0',
        'SIP/2.0',
        'SIP/2.0 \r\n\r\n',
        whole.slice(0, 40),
        whole.slice(0, -9),
      ];
      for (const text of noise) call.send(text);
      for (const byte of [0, 0xff, 0x80, 0x0a]) call.send(Buffer.alloc(1400, byte));
      call.send(Buffer.alloc(60_000, 'A'));
      busy(call);
    },
  },
  {
    name: 'cut-off-everywhere-then-busy',
    ends: BUSY,
    script: (call) => {
      const whole = call.response('180 Ringing');
      for (let at = 1; at < whole.length - 4; at += 7) call.send(whole.slice(0, at));
      busy(call);
    },
  },
  {
    name: 'a-line-that-is-no-header',
    ends: EITHER_BUSY,
    script: (call) =>
      call.respond('486 Busy', { headers: ['this is no header', ': nor this', 'nor\x01: this'] }),
  },
  {
    name: 'nul-in-a-header',
    ends: EITHER_BUSY,
    script: (call) => call.respond('486 Busy', { headers: ['X-Nul: a\0b', 'X-Bell: \u0007'] }),
  },
];
