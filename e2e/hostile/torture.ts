import { PLAIN_SDP, type RawCall, type Script } from './raw-callee.js';

/** A callee's behaviour, and how the job to it may end: `STATE CAUSE`, or `STATE CODE` for an error. */
export interface Torture {
  name: string;
  script: Script;
  ends: readonly string[];
  /** Its request within the dialog is answered. */
  isAnswered?: boolean;
  /** The real drachtio-server does not survive it. */
  isFatal?: boolean;
}

const TAB = '\t';
const BUSY = ['IDLE BUSY'];
/** What a stack that drops the message makes of it: nobody responded. */
const TIMEOUT = ['IDLE TIMEOUT'];
const ANSWERED = ['ANSWERED NORMAL'];
/** Strict stacks drop it, tolerant ones take it. */
const EITHER_BUSY = [...BUSY, ...TIMEOUT];
const EITHER_ANSWERED = [...ANSWERED, ...TIMEOUT];
/** Answered, and its media connected or not, as FreeSWITCH decides; or not even read. */
const MEDIA = [...ANSWERED, 'ERROR MEDIA_FAILED', ...TIMEOUT];

const busy = (call: RawCall) => call.refuse('486 Busy Here');
const answer = (call: RawCall, body = PLAIN_SDP) => call.respond('200 OK', { body });

/** Answers, and once that is acknowledged does `next`. */
function inDialog(next: Script): Script {
  return (call) => {
    call.onRequest = (method) => {
      if (method === 'ACK') next(call);
      return 'answer';
    };
    answer(call);
  };
}

/** Responses written in ways that RFC 4475 (section 3.1.1) calls valid, and next to valid ones. */
const oddButReadable: Torture[] = [
  {
    name: 'odd-white-space',
    ends: BUSY,
    script: (call) => {
      const { headers } = parts(call);
      call.send(
        [
          'SIP/2.0 486 Busy Here',
          `v  :${TAB} ${headers.Via}`,
          `f${TAB}: ${headers.From}`,
          `TO :  ${headers.To}`,
          `  ;tag = odd`,
          `cSEQ: ${headers.CSeq}`,
          `i:${headers['Call-ID']}`,
          `Subject: folded`,
          `${TAB}over`,
          '  lines',
          'l:   0',
          '',
          '',
        ].join('\r\n'),
      );
    },
  },
  { name: 'no-reason', ends: BUSY, script: (call) => call.respond('486 ') },
  { name: 'no-reason-nor-space', ends: EITHER_BUSY, script: (call) => call.respond('486') },
  { name: 'reason-of-emoji', ends: BUSY, script: (call) => call.respond('486 😀 = **** öäü') },
  { name: 'long-reason', ends: EITHER_BUSY, script: (call) => call.respond(`486 ${'x'.repeat(8000)}`) },
  {
    name: 'long-headers',
    ends: EITHER_BUSY,
    script: (call) =>
      call.respond('486 Busy', {
        headers: [`X-Long: ${'y'.repeat(20_000)}`, ...Array.from({ length: 500 }, (_, n) => `X-${n}: ${n}`)],
      }),
  },
  {
    name: 'unknown-and-escaped',
    ends: BUSY,
    script: (call) =>
      call.respond('486 Busy', {
        headers: [
          'Unknown-Header: ;;,,;;,;"\\"',
          'Warning: 1812 overture "In Progress, \\" %00"',
          'X-%41: <sip:%00@%ff>',
          'NewFangledHeader:   newfangled value\r\n continued newfangled value',
        ],
      }),
  },
  { name: 'status-499', ends: ['IDLE FAILED'], script: (call) => call.respond('499 What') },
  { name: 'status-699', ends: ['IDLE REJECTED'], script: (call) => call.respond('699 Odd') },
  {
    name: 'status-699-no-tag',
    ends: ['IDLE REJECTED'],
    script: (call) => call.respond('699 Odd', { tag: null }),
  },
  {
    name: 'lf-only',
    ends: EITHER_BUSY,
    script: (call) => call.send(call.response('486 Busy').replaceAll('\r', '')),
  },
  {
    name: 'reason-header-of-garbage',
    ends: BUSY,
    script: (call) =>
      call.respond('486 Busy', {
        headers: ['Reason: Q.850;cause=999999999999', 'Reason: ;;;cause=', `Reason: "${'\\"'.repeat(500)}`],
      }),
  },
  {
    name: 'retry-after-of-garbage',
    ends: ['IDLE CONGESTION'],
    script: (call) =>
      call.respond('503 No', { headers: ['Retry-After: 99999999999999999999 (for ever;x=1'] }),
  },
  {
    name: 'redirect-to-a-hundred',
    ends: ['IDLE OTHER'],
    script: (call) =>
      call.respond('300 Many', {
        replace: { Contact: null },
        headers: Array.from({ length: 100 }, (_, n) => `Contact: <sip:x${n}@127.0.0.1:${n + 1}>;q=0.${n}`),
      }),
  },
  {
    name: 'redirect-to-nowhere',
    ends: ['IDLE OTHER'],
    script: (call) => call.respond('302 Gone', { replace: { Contact: null } }),
  },
  {
    name: 'redirect-to-star',
    ends: ['IDLE OTHER'],
    script: (call) => call.respond('302 Gone', { replace: { Contact: '*' } }),
  },
  {
    name: 'challenge-without-challenge',
    ends: ['ERROR TRUNK_AUTHENTICATION'],
    script: (call) => call.respond('401 Who'),
  },
  {
    name: 'challenge-of-garbage',
    ends: ['ERROR TRUNK_AUTHENTICATION', ...TIMEOUT],
    script: (call) => call.respond('407 Who', { headers: ['Proxy-Authenticate: Digest =,"",nonce="\\'] }),
  },
  {
    name: 'challenge-of-an-unknown-kind',
    ends: ['ERROR TRUNK_AUTHENTICATION'],
    script: (call) =>
      call.respond('401 Who', {
        headers: ['WWW-Authenticate: Digest realm="r", nonce="n", algorithm=ROT13, qop="auth-evil"'],
      }),
  },
  {
    name: 'challenge-for-ever',
    ends: ['ERROR TRUNK_AUTHENTICATION'],
    script: (call) =>
      call.respond('401 Who', {
        headers: [`WWW-Authenticate: Digest realm="r", nonce="${Math.random()}", stale=true, qop="auth"`],
      }),
  },
];

/** Responses that are none, or belong to nobody (RFC 4475, sections 3.1.2 and 3.2). */
const unreadable: Torture[] = [
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

/** Provisional responses beyond measure. */
const provisional: Torture[] = [
  {
    name: 'storm-of-180',
    ends: BUSY,
    script: (call) => {
      for (let i = 0; i < 300; i++) call.respond(`${180 + (i % 4)} Ringing`, { tag: `t${i % 7}` });
      busy(call);
    },
  },
  {
    name: 'storm-of-183-with-sdp',
    ends: BUSY,
    script: (call) => {
      for (let i = 0; i < 100; i++) call.respond('183 Progress', { tag: `t${i}`, body: PLAIN_SDP });
      busy(call);
    },
  },
  {
    name: 'trying-for-ever',
    ends: TIMEOUT,
    script: (call) => {
      for (let i = 0; i < 20; i++) call.respond('100 Trying', { tag: null });
    },
  },
  {
    name: 'every-1xx',
    ends: BUSY,
    script: (call) => {
      for (let status = 100; status < 200; status++) call.respond(`${status} Odd`);
      busy(call);
    },
  },
  {
    name: 'early-dialog-ended',
    ends: ['IDLE NOANSWER'],
    script: (call) => {
      call.respond('180 Ringing', { tag: 'a' });
      call.respond('199 Early Dialog Terminated', { tag: 'a' });
      call.respond('480 Away', { tag: 'b' });
    },
  },
  {
    name: 'unasked-for-reliability',
    ends: BUSY,
    script: (call) => {
      call.respond('183 Progress', { headers: ['Require: 100rel', 'RSeq: 99999999999'], body: PLAIN_SDP });
      call.respond('180 Ringing', { headers: ['Require: 100rel, evil', 'RSeq: -1'] });
      busy(call);
    },
  },
  {
    name: 'rings-with-bad-sdp',
    ends: BUSY,
    script: (call) => {
      call.respond('183 Progress', { body: 'm=audio \0\r\nv=9\r\n' });
      call.respond('183 Progress', { body: 'm=audio 99999999 RTP/AVP 8\r\n' });
      busy(call);
    },
  },
  {
    name: 'rings-without-a-tag',
    ends: BUSY,
    script: (call) => {
      call.respond('180 Ringing', { tag: null });
      busy(call);
    },
  },
];

/** Answers that come wrong, twice, too late, or from several at once. */
const answers: Torture[] = [
  {
    name: 'answers-without-a-tag',
    ends: EITHER_ANSWERED,
    script: (call) => call.respond('200 OK', { tag: null, body: PLAIN_SDP }),
  },
  {
    name: 'answers-without-a-contact',
    ends: ['IDLE FAILED'],
    script: (call) => call.respond('200 OK', { replace: { Contact: null }, body: PLAIN_SDP }),
  },
  {
    name: 'answers-with-many-contacts',
    ends: [...ANSWERED, 'IDLE FAILED'],
    script: (call) =>
      call.respond('200 OK', {
        headers: ['Contact: <sip:two@127.0.0.1:9>', 'Contact: "x" <sip:3@127.0.0.1:9>'],
        body: PLAIN_SDP,
      }),
  },
  ...['garbage', '<>', '<sip:@>', '<sip:x@[::1>', '<sip:x@127.0.0.1:99999>'].map((contact, index) => ({
    name: `answers-with-contact-${index}`,
    ends: [...ANSWERED, 'IDLE FAILED', 'ERROR MEDIA_FAILED', ...TIMEOUT],
    script: (call: RawCall) => call.respond('200 OK', { replace: { Contact: contact }, body: PLAIN_SDP }),
  })),
  {
    name: 'answers-with-any-contact',
    isFatal: true,
    ends: [...ANSWERED, 'IDLE FAILED'],
    script: (call) => call.respond('200 OK', { replace: { Contact: '*' }, body: PLAIN_SDP }),
  },
  {
    name: 'answers-with-a-line-that-is-no-header',
    ends: EITHER_ANSWERED,
    script: (call) => call.respond('200 OK', { headers: ['this is no header'], body: PLAIN_SDP }),
  },
  {
    name: 'answers-with-bad-routes',
    ends: [...ANSWERED, ...TIMEOUT, 'IDLE FAILED'],
    script: (call) =>
      call.respond('200 OK', { headers: ['Record-Route: <sip:>, ;;lr, <>'], body: PLAIN_SDP }),
  },
  {
    name: 'answers-twice',
    ends: ANSWERED,
    script: (call) => {
      answer(call);
      answer(call);
      answer(call);
    },
  },
  {
    name: 'answers-as-two',
    ends: ANSWERED,
    script: (call) => {
      call.respond('200 OK', { tag: 'one', body: PLAIN_SDP });
      call.respond('200 OK', { tag: 'two', body: PLAIN_SDP });
    },
  },
  {
    name: 'answers-after-busy',
    ends: BUSY,
    script: (call) => {
      busy(call);
      answer(call);
    },
  },
  {
    name: 'busy-after-its-answer',
    ends: ANSWERED,
    script: (call) => {
      answer(call);
      busy(call);
      call.respond('180 Ringing');
    },
  },
  {
    name: 'status-299',
    ends: ['IDLE FAILED'],
    script: (call) => call.respond('299 Fine', { body: PLAIN_SDP }),
  },
  {
    name: 'answers-the-cancel-with-silence',
    ends: TIMEOUT,
    script: (call) => {
      call.onRequest = (method) => (method === 'CANCEL' ? 'ignore' : 'answer');
      call.respond('180 Ringing');
    },
  },
  {
    name: 'answers-the-cancel-with-garbage',
    ends: TIMEOUT,
    script: (call) => {
      call.onRequest = (method, text) => {
        if (method !== 'CANCEL') return 'answer';
        call.send(call.response('481 No', {}, text));
        call.send(call.response('599 No', {}, text));
        return 'answer';
      };
      call.respond('180 Ringing');
    },
  },
  {
    name: 'answers-the-bye-with-silence',
    ends: ANSWERED,
    script: (call) => {
      call.onRequest = (method) => (method === 'BYE' ? 'ignore' : 'answer');
      answer(call);
    },
  },
  {
    name: 'answers-the-bye-with-an-error',
    ends: ANSWERED,
    script: (call) => {
      call.onRequest = (method, text) => {
        if (method !== 'BYE') return 'answer';
        call.send(call.response('500 No', {}, text));
        return 'ignore';
      };
      answer(call);
    },
  },
];

const sdp = (...lines: string[]) => ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', ...lines, ''].join('\r\n');
const C = 'c=IN IP4 127.0.0.1';
const T = 't=0 0';
const M = 'm=audio 39999 RTP/AVP 8';

/** Session descriptions of an answer, none of which says how to talk. */
const BODIES: Readonly<Record<string, string>> = {
  none: '',
  'a-line-break': '\r\n',
  garbage: '\0\u0001garbage = \r\n\r\n\0',
  'cut-off': PLAIN_SDP.slice(0, 70),
  'version-alone': 'v=0\r\n',
  'no-m': sdp(C, T),
  'no-c': sdp(T, M),
  'port-0': sdp(C, T, 'm=audio 0 RTP/AVP 8'),
  'port-beyond': sdp(C, T, 'm=audio 99999999 RTP/AVP 8'),
  'port-negative': sdp(C, T, 'm=audio -1 RTP/AVP 8'),
  'no-codecs': sdp(C, T, 'm=audio 39999 RTP/AVP'),
  'unknown-codecs': sdp(C, T, 'm=audio 39999 RTP/AVP 96 97', 'a=rtpmap:96 EVIL/8000', 'a=rtpmap:97 x/0'),
  'no-codec-in-common': sdp(C, T, 'm=audio 39999 RTP/AVP 18', 'a=rtpmap:18 G729/8000'),
  'payload-beyond': sdp(C, T, 'm=audio 39999 RTP/AVP 300 -1 x'),
  ipv6: sdp('c=IN IP6 ::1', T, M),
  'address-beyond': sdp('c=IN IP4 999.999.999.999', T, M),
  'address-of-a-name': sdp('c=IN IP4 callee.invalid', T, M),
  'address-0': sdp('c=IN IP4 0.0.0.0', T, M),
  inactive: sdp(C, T, M, 'a=inactive'),
  'video-alone': sdp(C, T, 'm=video 39999 RTP/AVP 31'),
  'a-thousand-media': sdp(C, T, ...Array.from({ length: 1000 }, () => M)),
  'a-long-line': sdp(C, T, M, `a=x:${'y'.repeat(30_000)}`),
  'absurd-numbers': sdp(
    C,
    T,
    M,
    'a=ptime:0',
    'a=maxptime:-1',
    'b=AS:99999999999999999999',
    'a=rtpmap:8 PCMA/0/0',
  ),
  'srtp-asked-for': sdp(C, T, 'm=audio 39999 RTP/SAVP 8', 'a=crypto:1 x inline:x'),
  'nul-bytes': PLAIN_SDP.replace('PCMA', 'PC\0MA'),
};

const bodies: Torture[] = [
  ...Object.entries(BODIES).map(([name, body]) => ({
    name: `sdp-${name}`,
    ends: MEDIA,
    script: (call: RawCall) => answer(call, body),
  })),
  {
    name: 'body-of-many-parts',
    ends: MEDIA,
    script: (call) => {
      const body = `--x\r\nContent-Type: application/sdp\r\n\r\n${PLAIN_SDP}\r\n--x\r\n\r\n\0\r\n--x--\r\n`;
      call.respond('200 OK', { replace: { 'Content-Type': 'multipart/mixed;boundary=x' }, body });
    },
  },
  {
    name: 'body-of-another-kind',
    ends: MEDIA,
    script: (call) => call.respond('200 OK', { replace: { 'Content-Type': 'text/html' }, body: '<html>' }),
  },
];

/** Requests of the callee while the call is up; it is our plan that ends it. */
const requests: Torture[] = [
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
    hold: sdp(C, T, M, 'a=inactive'),
    'port-0': sdp(C, T, 'm=audio 0 RTP/AVP 8'),
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

export const TORTURES: readonly Torture[] = [
  ...oddButReadable,
  ...unreadable,
  ...provisional,
  ...answers,
  ...bodies,
  ...requests,
];

/** The headers of a plain response, to be written in other ways. */
function parts(call: RawCall): { headers: Record<string, string> } {
  const lines = call.response('486 Busy', { tag: null }).split('\r\n').slice(1);
  return { headers: Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2))) };
}
