import { describe, expect, it } from 'vitest';
import { type Assessment, assessAnswer, assessOffer, hasAudio } from '../../src/sdp/assess.js';

const HEAD = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-'];
const ADDRESS = 'c=IN IP4 192.0.2.1';
const PCMA = 'a=rtpmap:8 PCMA/8000';
const PCMU = 'a=rtpmap:0 PCMU/8000';
const EVENTS = 'a=rtpmap:101 telephone-event/8000';

const text = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n`;
/** A session description with these media lines and an address. */
const sdp = (...media: string[]) => text([...HEAD, ADDRESS, 't=0 0', ...media]);

const OFFER = sdp('m=audio 4000 RTP/AVP 8 0 101', PCMA, PCMU, EVENTS, 'a=sendrecv');

type Row = [what: string, description: string | undefined, expected: Assessment | RegExp];

const ANSWERS: Row[] = [
  ['one codec', sdp('m=audio 5000 RTP/AVP 8', PCMA), { line: 0, codec: 'PCMA' }],
  ['both codecs, the second first', sdp('m=audio 5000 RTP/AVP 0 8', PCMU, PCMA), { line: 0, codec: 'PCMU' }],
  ['a codec and events', sdp('m=audio 5000 RTP/AVP 8 101', PCMA, EVENTS), { line: 0, codec: 'PCMA' }],
  ['events before the codec', sdp('m=audio 5000 RTP/AVP 101 0', EVENTS, PCMU), { line: 0, codec: 'PCMU' }],
  ['a static type without a map', sdp('m=audio 5000 RTP/AVP 0'), { line: 0, codec: 'PCMU' }],
  [
    'another payload type',
    sdp('m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 PCMA/8000'),
    { line: 0, codec: 'PCMA' },
  ],
  ['lower case', sdp('m=audio 5000 RTP/AVP 8', 'a=rtpmap:8 pcma/8000'), { line: 0, codec: 'pcma' }],
  ['one channel named', sdp('m=audio 5000 RTP/AVP 8', 'a=rtpmap:8 PCMA/8000/1'), { line: 0, codec: 'PCMA' }],
  ['comfort noise beside it', sdp('m=audio 5000 RTP/AVP 13 8', PCMA), { line: 0, codec: 'PCMA' }],
  ['a codec that was not offered first', sdp('m=audio 5000 RTP/AVP 18 8', PCMA), { line: 0, codec: 'PCMA' }],
  ['feedback', sdp('m=audio 5000 RTP/AVPF 8', PCMA), { line: 0, codec: 'PCMA' }],
  [
    'the address in the line',
    text([...HEAD, 't=0 0', 'm=audio 5000 RTP/AVP 8', ADDRESS]),
    { line: 0, codec: 'PCMA' },
  ],
  ['sendonly', sdp('m=audio 5000 RTP/AVP 8', 'a=sendonly'), { line: 0, codec: 'PCMA' }],
  ['inactive', sdp('m=audio 5000 RTP/AVP 8', 'a=inactive'), { line: 0, codec: 'PCMA' }],
  [
    'hold by 0.0.0.0',
    sdp('m=audio 5000 RTP/AVP 8').replace('192.0.2.1\r\nt', '0.0.0.0\r\nt'),
    { line: 0, codec: 'PCMA' },
  ],
  ['line ends of LF', sdp('m=audio 5000 RTP/AVP 8').replaceAll('\r\n', '\n'), { line: 0, codec: 'PCMA' }],
  [
    'audio after a refused line',
    sdp('m=audio 0 RTP/AVP 8', 'm=audio 5000 RTP/AVP 8'),
    { line: 1, codec: 'PCMA' },
  ],
  ['port 0', sdp('m=audio 0 RTP/AVP 8', PCMA), /audio at port 0/],
  ['a port beyond 65535', sdp('m=audio 70000 RTP/AVP 8', PCMA), /audio at port 70000/],
  ['a codec that was not offered', sdp('m=audio 5000 RTP/AVP 18'), /no usable codec \(G729\)/],
  [
    'dynamic codecs that were not offered',
    sdp('m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2'),
    /\(opus\)/,
  ],
  ['the right name at another rate', sdp('m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 PCMA/16000'), /\(PCMA\)/],
  [
    'a static type that is mapped to another',
    sdp('m=audio 5000 RTP/AVP 8', 'a=rtpmap:8 G729/8000'),
    /\(G729\)/,
  ],
  ['a name that is a number', sdp('m=audio 5000 RTP/AVP 8', 'a=rtpmap:8 1/8000'), /no usable codec \(1\)/],
  ['only events', sdp('m=audio 5000 RTP/AVP 101', EVENTS), /without a speech codec/],
  ['only comfort noise', sdp('m=audio 5000 RTP/AVP 13'), /without a speech codec/],
  ['an unknown static type', sdp('m=audio 5000 RTP/AVP 77'), /without a speech codec/],
  [
    'SRTP alone',
    sdp('m=audio 5000 RTP/SAVP 8', PCMA, 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x'),
    /RTP\/SAVP/,
  ],
  ['DTLS-SRTP', sdp('m=audio 5000 UDP/TLS/RTP/SAVPF 8', PCMA), /SAVPF/],
  ['video alone', sdp('m=video 5000 RTP/AVP 31'), /video/],
  ['T.38 alone', sdp('m=image 5000 udptl t38'), /image \(udptl\)/],
  [
    'no IP address',
    text([
      'v=0',
      'o=- 1 1 IN IP4 1.2.3.4',
      's=-',
      'c=IN IP4 nohost.invalid',
      't=0 0',
      'm=audio 5000 RTP/AVP 8',
    ]),
    /no IPv4 address/,
  ],
  [
    'an impossible address',
    text(['v=0', 'o=- 1 1 IN IP4 1.2.3.4', 's=-', 'c=IN IP4 999.1.1.1', 't=0 0', 'm=audio 5000 RTP/AVP 8']),
    /no IPv4 address/,
  ],
  ['no address', text([...HEAD, 't=0 0', 'm=audio 5000 RTP/AVP 8']), /without an address/],
  ['no media', sdp(), /no media/],
  ['no body', undefined, /there is no answer/],
  ['an empty body', '', /there is no answer/],
  ['another kind of body', '<?xml version="1.0"?><m>m=audio 5000 RTP/AVP 8</m>', /not a session description/],
];

const OFFERS: Row[] = [
  ['the audio moved', sdp('m=audio 5002 RTP/AVP 8', PCMA), { line: 0, codec: 'PCMA' }],
  ['hold', sdp('m=audio 5000 RTP/AVP 8 0', 'a=sendonly'), { line: 0, codec: 'PCMA' }],
  ['many codecs', sdp('m=audio 5000 RTP/AVP 18 9 0 8'), { line: 0, codec: 'PCMU' }],
  ['audio and T.38', sdp('m=audio 5000 RTP/AVP 8', 'm=image 5002 udptl t38'), { line: 0, codec: 'PCMA' }],
  ['video and audio', sdp('m=video 5002 RTP/AVP 31', 'm=audio 5000 RTP/AVP 8'), { line: 1, codec: 'PCMA' }],
  ['SRTP and RTP', sdp('m=audio 5002 RTP/SAVP 8', 'm=audio 5000 RTP/AVP 8'), { line: 1, codec: 'PCMA' }],
  [
    'T.38 in the place of audio',
    sdp('m=audio 0 RTP/AVP 8', 'm=image 5002 udptl t38'),
    /port 0, image \(udptl\)/,
  ],
  ['T.38', sdp('m=image 5002 udptl t38'), /image \(udptl\)/],
  ['G.729', sdp('m=audio 5000 RTP/AVP 18'), /\(G729\)/],
  ['port 0', sdp('m=audio 0 RTP/AVP 8'), /audio at port 0/],
  ['SRTP alone', sdp('m=audio 5000 RTP/SAVP 8'), /RTP\/SAVP/],
];

function expectAssessment(assessment: Assessment, expected: Assessment | RegExp): void {
  if (expected instanceof RegExp) expect(assessment).toEqual({ problem: expect.stringMatching(expected) });
  else expect(assessment).toEqual(expected);
}

describe('an answer to our offer', () => {
  it.each(ANSWERS)('with %s is assessed', (_what, answer, expected) => {
    expectAssessment(assessAnswer(OFFER, answer), expected);
  });
});

describe('an offer of the far end', () => {
  it.each(OFFERS)('of %s is assessed', (_what, offer, expected) => {
    expectAssessment(assessOffer(OFFER, offer as string), expected);
  });
});

const KEY = `inline:${'A'.repeat(40)}`;
const SHA1_80 = 'AES_CM_128_HMAC_SHA1_80';
const SECURE_OFFER = sdp('m=audio 4000 RTP/SAVP 8', PCMA, `a=crypto:1 ${SHA1_80} ${KEY}`);
const OPEN_OFFER = SECURE_OFFER.replace('RTP/SAVP', 'RTP/AVP');
const secured = (protocol: string, ...cryptos: string[]) =>
  sdp(`m=audio 5000 ${protocol} 8`, ...cryptos.map((crypto) => `a=crypto:${crypto}`));
const FOUND = { line: 0, codec: 'PCMA' };

describe('an answer to an offer of SRTP', () => {
  it.each<[string, string, Assessment | RegExp, Assessment | RegExp]>([
    ['a key', secured('RTP/SAVP', `1 ${SHA1_80} ${KEY}`), FOUND, FOUND],
    ['a key and feedback', secured('RTP/SAVPF', `1 ${SHA1_80} ${KEY}`), FOUND, FOUND],
    ['a key in the plain profile', secured('RTP/AVP', `1 ${SHA1_80} ${KEY}`), FOUND, FOUND],
    ['a lifetime', secured('RTP/SAVP', `1 ${SHA1_80} ${KEY}|2^31`), FOUND, FOUND],
    ['a lifetime and an MKI', secured('RTP/SAVP', `1 ${SHA1_80} ${KEY}|2^20|1:4`), FOUND, FOUND],
    ['an MKI alone', secured('RTP/SAVP', `1 ${SHA1_80} ${KEY}|1:4`), FOUND, FOUND],
    ['a hint for the replay window', secured('RTP/SAVP', `1 ${SHA1_80} ${KEY} WSH=64`), FOUND, FOUND],
    ['no key', secured('RTP/AVP'), /without SRTP keys/, FOUND],
    ['SRTP without a key', secured('RTP/SAVP'), /without SRTP keys/, /without SRTP keys/],
    ['another tag', secured('RTP/SAVP', `2 ${SHA1_80} ${KEY}`), /usable a=crypto/, /usable a=crypto/],
    ['a short key', secured('RTP/AVP', `1 ${SHA1_80} inline:AAAA`), /usable a=crypto/, /usable a=crypto/],
    ['two keys', secured('RTP/SAVP', `1 ${SHA1_80} ${KEY}|1:4;${KEY}|2:4`), /a=crypto/, /a=crypto/],
    [
      'no authentication',
      secured('RTP/SAVP', `1 ${SHA1_80} ${KEY} UNAUTHENTICATED_SRTP`),
      /a=crypto/,
      /a=crypto/,
    ],
    ['DTLS', sdp('m=audio 5000 UDP/TLS/RTP/SAVP 8'), /UDP\/TLS/, /UDP\/TLS/],
  ])('with %s is assessed', (_what, answer, ifRequired, ifOptional) => {
    expectAssessment(assessAnswer(SECURE_OFFER, answer), ifRequired);
    expectAssessment(assessAnswer(OPEN_OFFER, answer), ifOptional);
  });
});

describe('a later offer in a call that offered SRTP', () => {
  it.each<[string, string, Assessment | RegExp, Assessment | RegExp]>([
    ['a key under any tag', secured('RTP/SAVP', `7 ${SHA1_80} ${KEY}`), FOUND, FOUND],
    ['an unknown suite in the plain profile', secured('RTP/AVP', `1 X ${KEY}`), /SRTP keys/, FOUND],
    ['an unknown suite', secured('RTP/SAVP', `1 X ${KEY}`), /usable a=crypto \(X\)/, /usable a=crypto \(X\)/],
    ['no key', secured('RTP/AVP'), /without SRTP keys/, FOUND],
  ])('with %s is assessed', (_what, offer, ifRequired, ifOptional) => {
    expectAssessment(assessOffer(SECURE_OFFER, offer), ifRequired);
    expectAssessment(assessOffer(OPEN_OFFER, offer), ifOptional);
  });
});

describe('a session description', () => {
  it.each([
    [true, sdp('m=audio 5000 RTP/AVP 0')],
    [true, sdp('m=audio 5000 RTP/SAVP 0')],
    [false, sdp('m=audio 0 RTP/AVP 0')],
    [false, '<xml>m=audio </xml>'],
    [false, ''],
    [false, undefined],
  ])('has audio: %s', (expected, description) => {
    expect(hasAudio(description)).toBe(expected);
  });
});
