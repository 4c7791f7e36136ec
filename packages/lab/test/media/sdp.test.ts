import { describe, expect, it } from 'vitest';
import { createAnswer, createOffer, type LocalMedia, readAnswer } from '../../src/media/sdp.js';

const LOCAL: LocalMedia = {
  host: '127.0.0.1',
  port: 40_000,
  codecs: ['PCMA', 'PCMU'],
  sessionId: 7,
  sessionVersion: 1,
};

function offer(...lines: string[]): string {
  return ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines, ''].join('\r\n');
}

describe('an SDP answer', () => {
  it('takes the first codec of the offer that it knows, and only that', () => {
    const answer = createAnswer(
      offer('m=audio 5004 RTP/AVP 9 0 8 101', 'a=rtpmap:101 telephone-event/8000'),
      LOCAL,
    );
    expect(answer).toMatchObject({ host: '192.0.2.1', port: 5004, direction: 'sendrecv' });
    expect(answer?.codec.name).toBe('PCMU');
    expect(answer?.sdp).toContain('m=audio 40000 RTP/AVP 0 101\r\n');
    expect(answer?.sdp).toContain('a=rtpmap:0 PCMU/8000\r\n');
  });

  it('leaves telephone-event out when it was not offered, and repeats its payload type when it was', () => {
    expect(createAnswer(offer('m=audio 5004 RTP/AVP 8'), LOCAL)?.sdp).toContain('RTP/AVP 8\r\n');
    const dynamic = offer('m=audio 5004 RTP/AVP 8 96', 'a=rtpmap:96 telephone-event/8000');
    expect(createAnswer(dynamic, LOCAL)?.sdp).toContain('RTP/AVP 8 96\r\n');
  });

  it.each([
    ['only codecs that it does not know', offer('m=audio 5004 RTP/AVP 9 18 96', 'a=rtpmap:96 opus/48000/2')],
    ['only encrypted audio', offer('m=audio 5004 RTP/SAVP 8')],
    ['a stream that is switched off', offer('m=audio 0 RTP/AVP 8')],
    ['a port that there is none of', offer('m=audio 99999999 RTP/AVP 8')],
    ['no audio', offer('m=video 5004 RTP/AVP 31')],
    ['nothing that is SDP', 'hello?'],
    ['an empty media line', offer('m=audio')],
  ])('is not given to %s', (_, sdp) => {
    expect(createAnswer(sdp, LOCAL)).toBeNull();
  });

  it('refuses the other streams with port 0, in their places', () => {
    const sdp = offer('m=video 5000 RTP/AVP 31', 'm=audio 5002 RTP/SAVP 8', 'm=audio 5004 RTP/AVP 8');
    const answer = createAnswer(sdp, LOCAL);
    expect(answer?.sdp.match(/^m=.*$/gm)).toEqual([
      'm=video 0 RTP/AVP 31',
      'm=audio 0 RTP/SAVP 8',
      'm=audio 40000 RTP/AVP 8',
    ]);
    expect(answer?.port).toBe(5004);
  });

  it.each([
    ['sendonly', '192.0.2.9', 'recvonly'],
    ['recvonly', '192.0.2.9', 'sendonly'],
    ['inactive', '192.0.2.9', 'inactive'],
    ['sendrecv', '192.0.2.9', 'sendrecv'],
    ['sendrecv', '0.0.0.0', 'recvonly'],
  ])('faces an offer of %s at %s with %s', (theirs, host, ours) => {
    const answer = createAnswer(offer('m=audio 5004 RTP/AVP 8', `c=IN IP4 ${host}`, `a=${theirs}`), LOCAL);
    expect(answer).toMatchObject({ direction: ours, host });
    expect(answer?.sdp).toContain(`a=${ours}\r\n`);
  });
});

describe('an SDP offer', () => {
  it('names the codecs in the order given, and is answered by one of them', () => {
    const sdp = createOffer({ ...LOCAL, codecs: ['PCMU', 'PCMA'] });
    expect(sdp).toContain('m=audio 40000 RTP/AVP 0 8 101\r\n');
    const answer = createAnswer(sdp, { ...LOCAL, port: 40_002 });
    expect(readAnswer(answer?.sdp ?? '', ['PCMU', 'PCMA'])).toMatchObject({
      host: '127.0.0.1',
      port: 40_002,
    });
    expect(readAnswer(answer?.sdp ?? '', ['PCMA'])).toBeNull();
  });
});
