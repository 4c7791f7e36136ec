import { describe, expect, it } from 'vitest';
import { answerTo, onlyLine } from '../../src/sdp/answer.js';
import { LocalDescription } from '../../src/sdp/local-description.js';

const sdp = (...media: string[]) =>
  [...['v=0', 'o=- 7 7 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'], ...media, ''].join('\r\n');
const lines = (description: string) => description.match(/^m=.*$/gm)?.map((line) => line.trim());
const directionOf = (description: string) =>
  /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(description)?.[1];

const OWN = sdp('m=audio 4000 RTP/AVP 8', 'a=rtpmap:8 PCMA/8000', 'a=sendrecv');

describe('our answer', () => {
  it.each([
    [['m=audio 5000 RTP/AVP 8'], 0, ['m=audio 4000 RTP/AVP 8']],
    [
      ['m=audio 5000 RTP/AVP 8', 'm=image 5002 udptl t38'],
      0,
      ['m=audio 4000 RTP/AVP 8', 'm=image 0 udptl t38'],
    ],
    [
      ['m=video 5002 RTP/AVP 31 34', 'm=audio 5000 RTP/AVP 8', 'm=application 5004 TCP/BFCP *'],
      1,
      ['m=video 0 RTP/AVP 31 34', 'm=audio 4000 RTP/AVP 8', 'm=application 0 TCP/BFCP *'],
    ],
    [
      ['m=audio 5002 RTP/SAVP 8', 'm=audio 5000 RTP/AVP 8'],
      1,
      ['m=audio 0 RTP/SAVP 8', 'm=audio 4000 RTP/AVP 8'],
    ],
  ])('to %j has as many lines', (media, line, expected) => {
    expect(lines(answerTo(sdp(...media), line, OWN))).toEqual(expected);
  });

  it.each([
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['inactive', 'sendrecv', 'inactive'],
    ['sendonly', 'recvonly', 'recvonly'],
    ['sendrecv', 'inactive', 'inactive'],
  ])('to %s by media that is %s is %s', (offered, own, expected) => {
    const offer = sdp('m=audio 5000 RTP/AVP 8', `a=${offered}`);
    expect(directionOf(answerTo(offer, 0, OWN.replace('sendrecv', own)))).toBe(expected);
  });

  it('takes the direction of the whole session into account', () => {
    const offer = sdp('a=sendonly', 'm=audio 5000 RTP/AVP 8');
    expect(directionOf(answerTo(offer, 0, OWN))).toBe('recvonly');
  });

  it('is not made when the media refuses the audio', () => {
    const refusing = OWN.replace('m=audio 4000', 'm=audio 0');
    expect(() => answerTo(sdp('m=audio 5000 RTP/AVP 8'), 0, refusing)).toThrow('refused');
  });
});

describe('what the media is told of an offer', () => {
  it('is the accepted line alone', () => {
    const offer = sdp('a=group:BUNDLE 0 1', 'm=video 5002 RTP/AVP 31', 'm=audio 5000 RTP/AVP 8');
    const only = onlyLine(offer, 1);
    expect(lines(only)).toEqual(['m=audio 5000 RTP/AVP 8']);
    expect(only).toContain('c=IN IP4 192.0.2.1');
    expect(only).not.toContain('BUNDLE');
  });
});

describe('our description in a dialog', () => {
  const originOf = (description: string) => /^o=.*$/m.exec(description)?.[0].trim();

  it('keeps the first origin, whose version rises by one with each change', () => {
    const local = new LocalDescription(sdp('m=audio 4000 RTP/AVP 8 0').replace('o=- 7 7', 'o=us 5 5'));
    expect(originOf(local.replace(OWN))).toBe('o=us 5 6 IN IP4 192.0.2.1');
    expect(originOf(local.replace(OWN))).toBe('o=us 5 6 IN IP4 192.0.2.1');
    expect(originOf(local.replace(OWN.replace('sendrecv', 'recvonly')))).toBe('o=us 5 7 IN IP4 192.0.2.1');
  });
});
