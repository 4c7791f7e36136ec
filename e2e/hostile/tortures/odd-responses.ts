import type { RawCall } from '@outdial/testkit';
import { BUSY, EITHER_BUSY, TIMEOUT, type Torture } from './torture.js';

const TAB = '\t';

/** Responses written in ways that RFC 4475 (section 3.1.1) calls valid, and next to valid ones. */
export const ODD_RESPONSES: readonly Torture[] = [
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

/** The headers of a plain response, to be written in other ways. */
function parts(call: RawCall): { headers: Record<string, string> } {
  const lines = call.response('486 Busy', { tag: null }).split('\r\n').slice(1);
  return { headers: Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2))) };
}
