import { PLAIN_SDP } from '@outdial/testkit';
import { AUDIO, CONNECTION, sdp, TIME } from './sdp.js';
import { ANSWERED, inDialog, type Torture } from './torture.js';

/** Requests of the callee while the call is up; it is our plan that ends it. */
export const REQUESTS: readonly Torture[] = [
  ...[
    'OPTIONS',
    'INFO',
    'UPDATE',
    'MESSAGE',
    'NOTIFY',
    'REFER',
    'PRACK',
    'SUBSCRIBE',
    'PUBLISH',
    'HACK',
    'ACK',
  ].map((method) => ({
    name: `sends-${method.toLowerCase()}`,
    isAnswered: method !== 'ACK',
    ends: ANSWERED,
    script: inDialog(
      (call) => void call.request(method, { replace: { 'Refer-To': 'garbage', Event: '\u0001' } }),
    ),
  })),
  ...Object.entries({
    none: '',
    garbage: 'm=audio \0 x\r\n',
    hold: sdp(CONNECTION, TIME, AUDIO, 'a=inactive'),
    'port-0': sdp(CONNECTION, TIME, 'm=audio 0 RTP/AVP 8'),
  }).map(([name, body]) => ({
    name: `re-invites-with-sdp-${name}`,
    isAnswered: true,
    ends: ANSWERED,
    script: inDialog((call) => void call.request('INVITE', { body })),
  })),
  {
    name: 're-invites-all-the-time',
    ends: ANSWERED,
    script: inDialog((call) => {
      for (let i = 0; i < 30; i++) call.request('INVITE', { body: PLAIN_SDP });
    }),
  },
  {
    name: 'says-bye-in-another-dialog',
    ends: ANSWERED,
    script: inDialog((call) => void call.request('BYE', { tag: 'stranger' })),
  },
  {
    name: 'says-bye-of-another-call',
    ends: ANSWERED,
    script: inDialog((call) => void call.request('BYE', { replace: { 'Call-ID': 'other@x' } })),
  },
  {
    name: 'says-bye-with-a-bad-cseq',
    ends: [...ANSWERED, 'IDLE NORMAL'],
    script: inDialog((call) => {
      call.request('BYE', { replace: { CSeq: '-1 BYE' } });
      call.request('BYE', { replace: { CSeq: '0 INVITE' } });
      call.request('BYE', { replace: { CSeq: null } });
    }),
  },
  {
    name: 'cancels-us',
    ends: ANSWERED,
    script: inDialog((call) => void call.request('CANCEL')),
  },
  {
    name: 'calls-us',
    ends: ANSWERED,
    script: inDialog((call) => {
      const replace = { 'Call-ID': `c${Math.random()}`, To: '<sip:us@127.0.0.1>', From: '<sip:x@y>;tag=1' };
      for (const method of ['INVITE', 'OPTIONS', 'REGISTER', 'MESSAGE', 'HACK'])
        call.request(method, { replace });
    }),
  },
  {
    name: 'floods-us',
    ends: ANSWERED,
    script: inDialog((call) => {
      for (let i = 0; i < 300; i++) call.request('INFO', { body: 'x'.repeat(i) });
      for (let i = 0; i < 100; i++) call.send(Buffer.alloc(i * 10, i));
    }),
  },
];
