import { describe, expect, it } from 'vitest';
import type { Media } from '../../src/media/media.js';
import { MediaSession } from '../../src/media/media-session.js';

const sdp = (port: number, ...more: string[]) =>
  [
    ...['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'],
    ...[`m=audio ${port} RTP/AVP 8`, 'a=rtpmap:8 PCMA/8000', ...more, ''],
  ].join('\r\n');
const portOf = (description: string) => Number(/^m=audio (\d+)/m.exec(description)?.[1]);

/** Media that answers with its own port, but refuses audio to the ports below 1024. */
class PortMedia implements Media {
  readonly offer = sdp(4000);
  readonly server = null;
  readonly endpointUuid = null;
  readonly isLost = false;
  readonly hearsEarlyMedia: boolean;
  readonly hearing = {
    gives: 'frames' as const,
    listen: () => Promise.resolve({ listening: true as const }),
    stopListening: () => undefined,
    measure: () => undefined,
  };
  readonly connectedPorts: number[] = [];

  constructor(hearsEarlyMedia = false) {
    this.hearsEarlyMedia = hearsEarlyMedia;
  }

  protect(): void {}
  markUsed(): void {}
  async connect(remoteSdp: string): Promise<string> {
    const port = portOf(remoteSdp);
    this.connectedPorts.push(port);
    return sdp(port < 1024 ? 0 : 4000);
  }
  answered(): void {}
  play = () => Promise.resolve({ outcome: 'finished' as const });
  stopPlaying(): void {}
  async bridge() {}
  unbridge() {}
  packetsReceived = () => Promise.resolve(null);
  earlyMedia = () => Promise.resolve(null);
  quality = () => Promise.resolve(null);
  record = () => Promise.resolve({ problem: 'not here' });
  sendDigit = () => Promise.resolve({ outcome: 'finished' as const });
  openBot(): never {
    throw new Error('there are no bots');
  }
  onDigit(): void {}
  onLost(): void {}
  release = () => Promise.resolve();
}

describe('the media session of a leg', () => {
  it('connects once to a description that stays the same, and again to another', async () => {
    const media = new PortMedia();
    const session = new MediaSession(media);
    expect(session.describeEarly(sdp(5000))).toBe(true);
    await session.connect();
    expect(session.describeFinal(sdp(5000))).toEqual({ line: 0, codec: 'PCMA' });
    await session.connect();
    session.describeFinal(sdp(5002));
    await session.connect();
    expect(media.connectedPorts).toEqual([5000, 5002]);
  });

  it('connects to early media by itself where that is heard', async () => {
    const media = new PortMedia(true);
    const session = new MediaSession(media);
    session.describeEarly(sdp(5000));
    await expect.poll(() => media.connectedPorts).toEqual([5000]);
    session.describeFinal(sdp(5000));
    await session.connect();
    expect(media.connectedPorts).toEqual([5000]);
  });

  it('stays as it was when its media refuses an offer', async () => {
    const media = new PortMedia();
    const session = new MediaSession(media);
    session.describeFinal(sdp(5000));
    await session.connect();
    expect(await session.answer(sdp(9))).toEqual({ problem: expect.stringContaining('refused') });
    await session.connect();
    expect(media.connectedPorts).toEqual([5000, 9, 5000]);
  });

  it('raises the version of its description with each change of it', async () => {
    const session = new MediaSession(new PortMedia());
    session.describeFinal(sdp(5000));
    const versionOf = (outcome: { answer: string } | { problem: string }) =>
      'answer' in outcome ? /^o=\S+ \S+ (\d+)/m.exec(outcome.answer)?.[1] : undefined;
    const held = await session.answer(sdp(5000, 'a=sendonly'));
    const resumed = await session.answer(sdp(5000, 'a=sendrecv'));
    expect(Number(versionOf(resumed))).toBe(Number(versionOf(held)) + 1);
  });

  it('waits for the answer to an offer of its own, and ignores an answer that it did not ask for', async () => {
    const media = new PortMedia();
    const session = new MediaSession(media);
    expect(session.awaitsAnswer).toBe(true);
    session.describeFinal(sdp(5000));
    expect(session.awaitsAnswer).toBe(false);
    await session.acceptAnswer(sdp(5002));
    expect(media.connectedPorts).toEqual([]);
    expect(portOf(session.offerAgain())).toBe(4000);
    expect(session.awaitsAnswer).toBe(true);
    await session.acceptAnswer(sdp(5002));
    expect(media.connectedPorts).toEqual([5002]);
    session.offerAgain();
    await expect(session.acceptAnswer(sdp(0))).rejects.toThrow('port 0');
    expect(session.awaitsAnswer).toBe(false);
  });
});
