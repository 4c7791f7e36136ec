import { describe, expect, it } from 'vitest';
import { answerPlainly, offerInOrder } from '../../src/sdp/endpoint-offer.js';

const FREESWITCH_OFFER = [
  'v=0',
  'o=FreeSWITCH 1795382194 1795382195 IN IP4 127.0.0.1',
  's=FreeSWITCH',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 20204 RTP/AVP 0 8 9 18 102 101 13 103 104',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:18 G729/8000',
  'a=rtpmap:102 opus/48000/2',
  'a=fmtp:102 useinbandfec=1; ptime=20',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=rtpmap:103 telephone-event/48000',
  'a=fmtp:103 0-15',
  'a=rtpmap:13 CN/8000',
  'a=rtpmap:104 CN/48000',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

const audioLine = (sdp: string) => /^m=audio .*$/m.exec(sdp)?.[0].trim();

describe('the offer', () => {
  it.each([
    [['g711a', 'g711u'], 'm=audio 20204 RTP/AVP 8 0 101'],
    [['g711u', 'g711a'], 'm=audio 20204 RTP/AVP 0 8 101'],
    [['opus', 'g722'], 'm=audio 20204 RTP/AVP 102 9 101 103'],
    [['opus'], 'm=audio 20204 RTP/AVP 102 103'],
    [['g729', 'g711a'], 'm=audio 20204 RTP/AVP 18 8 101'],
  ] as const)('of %j is "%s"', (names, line) => {
    expect(audioLine(offerInOrder(FREESWITCH_OFFER, names))).toBe(line);
  });

  it('describes only the codecs that it offers', () => {
    const sdp = offerInOrder(FREESWITCH_OFFER, ['g711a']);
    expect(sdp).not.toMatch(/PCMU|opus|G722|G729|CN\/|useinbandfec/);
    expect(sdp).toContain('a=ptime:20');
    expect(sdp).toContain('o=FreeSWITCH 1795382194 1795382195 IN IP4 127.0.0.1');
  });

  it('omits codecs that FreeSWITCH lacks, and fails when none is left', () => {
    const withoutMaps = FREESWITCH_OFFER.replaceAll(/a=(?:rtpmap|fmtp).*\r\n/g, '').replace(
      /AVP .*/,
      'AVP 0 8',
    );
    expect(audioLine(offerInOrder(withoutMaps, ['opus', 'g711a']))).toBe('m=audio 20204 RTP/AVP 8');
    expect(() => offerInOrder(withoutMaps, ['opus', 'g722'])).toThrow(
      expect.objectContaining({ code: 'NO_CODEC', retryable: false }),
    );
  });

  it('has only plain RTP when FreeSWITCH offers SRTP too', () => {
    const [head, audio] = FREESWITCH_OFFER.split(/(?=m=audio)/) as [string, string];
    const both = `${head}${audio.replace('RTP/AVP', 'RTP/SAVP')}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n${audio}`;
    const sdp = offerInOrder(both, ['g711a']);
    expect(sdp.match(/^m=/gm)).toHaveLength(1);
    expect(sdp).not.toContain('crypto');
  });
});

describe('the answer to an endpoint before the callee is known', () => {
  it('takes the plain RTP and refuses the SRTP beside it, so that the endpoint hears plain RTP later', () => {
    const secured = [
      'm=audio 20204 RTP/SAVP 0 8 101',
      'a=rtpmap:101 telephone-event/8000',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz',
    ];
    const answer = answerPlainly(FREESWITCH_OFFER.replace('m=audio', `${secured.join('\r\n')}\r\nm=audio`));
    expect(answer.match(/^m=.*$/gm)?.map((line) => line.trim())).toEqual([
      'm=audio 0 RTP/SAVP 0 8 101',
      'm=audio 20204 RTP/AVP 0 8 9 18 102 101 13 103 104',
    ]);
    expect(answer).not.toContain('a=crypto');
    expect(answer).toContain('a=recvonly');
  });
});
