import { PLAIN_SDP, type RawCall } from '@outdial/testkit';
import { AUDIO, CONNECTION, sdp, TIME } from './sdp.js';
import { answer, MEDIA, type Torture, WITHOUT_MEDIA } from './torture.js';

/** Session descriptions of an answer that give us no audio: the callee is released at once. */
const WITHOUT_AUDIO: Readonly<Record<string, string>> = {
  none: '',
  'a-line-break': '\r\n',
  garbage: '\0\u0001garbage = \r\n\r\n\0',
  'cut-off': PLAIN_SDP.slice(0, 70),
  'version-alone': 'v=0\r\n',
  'no-m': sdp(CONNECTION, TIME),
  'no-c': sdp(TIME, AUDIO),
  'port-0': sdp(CONNECTION, TIME, 'm=audio 0 RTP/AVP 8'),
  'port-beyond': sdp(CONNECTION, TIME, 'm=audio 99999999 RTP/AVP 8'),
  'port-negative': sdp(CONNECTION, TIME, 'm=audio -1 RTP/AVP 8'),
  'no-codecs': sdp(CONNECTION, TIME, 'm=audio 39999 RTP/AVP'),
  'unknown-codecs': sdp(
    CONNECTION,
    TIME,
    'm=audio 39999 RTP/AVP 96 97',
    'a=rtpmap:96 EVIL/8000',
    'a=rtpmap:97 x/0',
  ),
  'no-codec-in-common': sdp(CONNECTION, TIME, 'm=audio 39999 RTP/AVP 18', 'a=rtpmap:18 G729/8000'),
  'payload-beyond': sdp(CONNECTION, TIME, 'm=audio 39999 RTP/AVP 300 -1 x'),
  'video-alone': sdp(CONNECTION, TIME, 'm=video 39999 RTP/AVP 31'),
  'srtp-asked-for': sdp(CONNECTION, TIME, 'm=audio 39999 RTP/SAVP 8', 'a=crypto:1 x inline:x'),
};

/** Odd ones, of which FreeSWITCH decides. */
const ODD: Readonly<Record<string, string>> = {
  ipv6: sdp('c=IN IP6 ::1', TIME, AUDIO),
  'address-beyond': sdp('c=IN IP4 999.999.999.999', TIME, AUDIO),
  'address-of-a-name': sdp('c=IN IP4 callee.invalid', TIME, AUDIO),
  'address-0': sdp('c=IN IP4 0.0.0.0', TIME, AUDIO),
  inactive: sdp(CONNECTION, TIME, AUDIO, 'a=inactive'),
  'a-thousand-media': sdp(CONNECTION, TIME, ...Array.from({ length: 1000 }, () => AUDIO)),
  'a-long-line': sdp(CONNECTION, TIME, AUDIO, `a=x:${'y'.repeat(30_000)}`),
  'absurd-numbers': sdp(
    CONNECTION,
    TIME,
    AUDIO,
    'a=ptime:0',
    'a=maxptime:-1',
    'b=AS:99999999999999999999',
    'a=rtpmap:8 PCMA/0/0',
  ),
  'nul-bytes': PLAIN_SDP.replace('PCMA', 'PC\0MA'),
};

export const SESSION_DESCRIPTIONS: readonly Torture[] = [
  ...Object.entries(WITHOUT_AUDIO).map(([name, body]) => ({
    name: `sdp-${name}`,
    ends: WITHOUT_MEDIA,
    script: (call: RawCall) => answer(call, body),
  })),
  ...Object.entries(ODD).map(([name, body]) => ({
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
    ends: WITHOUT_MEDIA,
    script: (call) => call.respond('200 OK', { replace: { 'Content-Type': 'text/html' }, body: '<html>' }),
  },
];
