import type { SeededRandom } from './random.js';

/** Makes a session description of one malformed kind out of a good one. */
export type DescriptionKind = (random: SeededRandom, sdp: string) => string;

const NUMBERS = ['0', '-1', '65536', '4294967296', '99999999999999999999', '1e9', 'NaN', '0x10', '', ' '];
const LINES = [
  ...['a=crypto:', 'a=crypto:1', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:', 'a=crypto:x y inline:z|2^|1:'],
  ...[
    'a=rtpmap:',
    'a=rtpmap:999 PCMU/8000',
    'a=rtpmap:0 /',
    'a=fmtp:',
    'a=ptime:x',
    'a=maxptime:-1',
    'a=rtcp:',
    'a=rtcp:99999999',
  ],
  ...[
    'm=',
    'm=audio',
    'm=audio 1 RTP/AVP',
    'm=audio 1/99 RTP/AVP 0',
    'm=audio x RTP/AVP 0',
    'm=application 9 DTLS/SCTP 5000',
  ],
  ...[
    'c=',
    'c=IN',
    'c=IN IP4',
    'c=IN IP6 127.0.0.1',
    'c=IN IP4 224.1.1.1/127/3',
    'o=',
    'v=1',
    't=',
    'k=clear:x',
    'b=AS:x',
  ],
  ...[
    'a=candidate:',
    'a=ssrc:',
    'a=group:BUNDLE',
    'a=extmap:',
    'a=simulcast:',
    'a=rid:',
    'a=imageattr:',
    'a=__proto__:x',
    'a=',
  ],
];

function changeLines(sdp: string, change: (lines: string[]) => void): string {
  const lines = sdp.split('\r\n');
  change(lines);
  return lines.join('\r\n');
}

export const DESCRIPTION_KINDS: Readonly<Record<string, DescriptionKind>> = {
  'random bytes': (random) => random.bytes(random.below(400)).toString('latin1'),
  'random text after v=0': (random) => `v=0\r\n${random.bytes(random.below(400)).toString('utf8')}`,
  'cut off': (random, sdp) => sdp.slice(0, random.below(sdp.length)),
  'bytes changed': (random, sdp) => {
    const bytes = Buffer.from(sdp);
    for (let n = 1 + random.below(8); n > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
    return bytes.toString('latin1');
  },
  'lines left out': (random, sdp) =>
    changeLines(sdp, (lines) => {
      for (let n = 1 + random.below(4); n > 0; n--) lines.splice(random.below(lines.length), 1);
    }),
  'lines repeated': (random, sdp) =>
    changeLines(sdp, (lines) => {
      for (let n = 1 + random.below(20); n > 0; n--)
        lines.splice(random.below(lines.length), 0, random.of(lines));
    }),
  'lines in another order': (random, sdp) =>
    changeLines(sdp, (lines) => {
      for (let n = lines.length - 1; n > 0; n--) {
        const other = random.below(n + 1);
        [lines[n], lines[other]] = [lines[other] as string, lines[n] as string];
      }
    }),
  'odd lines': (random, sdp) =>
    changeLines(sdp, (lines) => {
      for (let n = 1 + random.below(6); n > 0; n--)
        lines.splice(random.below(lines.length + 1), 0, random.of(LINES));
    }),
  'odd numbers': (random, sdp) =>
    sdp.replace(/\d+/g, (number) => (random.below(4) === 0 ? random.of(NUMBERS) : number)),
  'long lines': (random, sdp) =>
    changeLines(sdp, (lines) => {
      const at = random.below(lines.length);
      lines[at] += random.of(['x', ' ', '9', ';', '\0', 'ÿ']).repeat(random.below(5000));
    }),
  'other line ends': (random, sdp) =>
    sdp.replaceAll('\r\n', () => random.of(['\n', '\r', '\r\n\r\n', '\0', '\r\n'])),
  'many lines of media': (random, sdp) => {
    const media = sdp.slice(sdp.indexOf('m='));
    return sdp + media.repeat(random.below(30));
  },
};
