import { describe, expect, it } from 'vitest';
import { agreeOn, offerOf } from '../../src/sdp/worker-description.js';

const LOCAL = { address: '192.0.2.1', port: 20_000, rtcpPort: 20_001 };
const BOTH = ['g711a', 'g711u'] as const;

function sdp(...media: string[]): string {
  const session = ['v=0', 'o=- 1 1 IN IP4 198.51.100.7', 's=-', 'c=IN IP4 198.51.100.7', 't=0 0'];
  return [...session, ...media, ''].join('\r\n');
}

const CLEAR = { srtp: 'off', keys: [] } as const;

const attributesOf = (text: string) => text.split('\r\n').filter((line) => /^[acm]=/.test(line));

describe('our offer', () => {
  it('has the codecs in their order, and telephone events', () => {
    expect(attributesOf(offerOf(LOCAL, ['g711u', 'g711a'], CLEAR))).toEqual([
      'c=IN IP4 192.0.2.1',
      'm=audio 20000 RTP/AVP 0 8 101',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=sendrecv',
    ]);
  });

  it('says IP6 for an IPv6 address', () => {
    expect(offerOf({ ...LOCAL, address: '2001:db8::1' }, BOTH, CLEAR)).toMatch(/^c=IN IP6 2001:db8::1\r$/m);
  });
});

describe('a description of the far end', () => {
  it('gives its place, payload types and packet times', () => {
    const { remote } = agreeOn(
      sdp(
        'm=audio 40000 RTP/AVP 0 8 96 13',
        'a=rtpmap:96 telephone-event/8000',
        'a=rtcp:40005',
        'a=ptime:30',
        'a=maxptime:40',
      ),
      LOCAL,
      BOTH,
      [],
    );
    expect(remote).toEqual({
      address: '198.51.100.7',
      port: 40_000,
      direction: 'sendrecv',
      rtcpPort: 40_005,
      rtcpMux: false,
      payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: 96, cn: 13 },
      sends: 'pcmu',
      ptimeMs: 30,
      maxPtimeMs: 40,
    });
  });

  it('is answered with what both have, under its own payload types', () => {
    const { answer } = agreeOn(
      sdp('m=audio 40000 RTP/AVP 18 8 97', 'a=rtpmap:97 telephone-event/8000', 'a=rtcp-mux'),
      LOCAL,
      BOTH,
      [],
    );
    expect(attributesOf(answer)).toEqual([
      'c=IN IP4 192.0.2.1',
      'm=audio 20000 RTP/AVP 8 97',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:97 telephone-event/8000',
      'a=fmtp:97 0-15',
      'a=rtcp-mux',
      'a=ptime:20',
      'a=sendrecv',
    ]);
  });

  it('is read from its own line before the session', () => {
    const text = sdp('m=audio 40000 RTP/AVP 8', 'c=IN IP4 203.0.113.9', 'a=sendonly');
    expect(agreeOn(text, LOCAL, BOTH, []).remote).toMatchObject({
      address: '203.0.113.9',
      direction: 'sendonly',
    });
  });

  it.each([
    ['sendrecv', 'sendonly'],
    ['sendonly', 'sendonly'],
    ['recvonly', 'inactive'],
    ['inactive', 'inactive'],
  ])('without an address, and %s, takes nothing', (told, direction) => {
    const text = sdp('m=audio 40000 RTP/AVP 8', 'c=IN IP4 0.0.0.0', `a=${told}`);
    expect(agreeOn(text, LOCAL, BOTH, []).remote.direction).toBe(direction);
  });

  it.each([
    ['a codec that was not offered', sdp('m=audio 40000 RTP/AVP 0'), 'no codec'],
    ['no audio', sdp('m=image 40000 udptl t38'), 'no audio'],
    ['nothing', '', 'no audio'],
  ])('of %s is refused', (_what, text, why) => {
    expect(() => agreeOn(text, LOCAL, ['g711a'], [])).toThrow(why);
  });
});
