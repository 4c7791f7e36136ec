import { describe, expect, test } from 'vitest';
import { fromPcm } from '../../src/media/audio-source.js';
import { G711 } from '../../src/media/g711.js';
import { tone } from '../../src/media/tones.js';
import { rms, shareOf } from '../media/spectrum.js';
import {
  createEndpoint,
  type ForkServer,
  nextForkEvent,
  pcmOf,
  startForkServer,
  startPeer,
  startTestServers,
} from './test-client.js';

/** An endpoint that a far end sends to and hears. */
async function startTalk() {
  const { freeSwitch, ms } = await startTestServers();
  const [peer, fork] = await Promise.all([startPeer('PCMA'), startForkServer()]);
  const endpoint = await createEndpoint(ms);
  await endpoint.modify(peer.sdp);
  peer.sendTo(endpoint);
  return { freeSwitch, ms, peer, fork, endpoint };
}

/** Where `part` is within `whole`, or -1. */
function indexOf(part: Int16Array, whole: Int16Array): number {
  const last = whole.length - part.length;
  for (let at = 0; at <= last; at++) {
    let i = 0;
    while (i < part.length && whole[at + i] === part[i]) i++;
    if (i === part.length) return at;
  }
  return -1;
}

/** The frames that are not just silence: on a busy machine there may be some of that anywhere. */
function loudFrames({ frames }: ForkServer): Int16Array[] {
  return frames.map((frame) => pcmOf([frame])).filter((pcm) => rms(pcm) > 500);
}

describe('a fork', () => {
  test('asks for the subprotocol, sends the metadata first, and then 320 bytes at a time', async () => {
    const { fork, endpoint } = await startTalk();
    const connected = nextForkEvent(endpoint, 'connect');
    await endpoint.forkAudioStart({
      wsUrl: `${fork.url}?x=1`,
      bugname: 'b',
      metadata: { hello: 'wide world' },
    });
    await connected;
    await fork.until(() => fork.frames.length >= 10);
    expect(fork.requests[0]).toMatchObject({
      url: '/fork?x=1',
      headers: { 'sec-websocket-protocol': 'audio.drachtio.org', origin: 'http://127.0.0.1' },
    });
    expect(fork.texts).toEqual(['{"hello":"wide world"}']);
    expect(fork.frames.every(({ length }) => length === 320)).toBe(true);
  });

  test("delivers the far end's audio bit by bit, and not what the endpoint plays", async () => {
    const { peer, fork, endpoint } = await startTalk();
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b' });
    await fork.until(() => fork.frames.length > 0);
    const spoken = tone([700, 1100], 400);
    const [end] = await Promise.all([
      peer.session.play(fromPcm(spoken)),
      endpoint.play('tone_stream://%(400,0,440)'),
    ]);
    expect(end).toBe('finished');
    // What A-law leaves of it, frame by frame: they stand apart where the machine was slow.
    const sent = G711.PCMA.decode(G711.PCMA.encode(spoken)).subarray(0, 3040);
    await fork.until(() => indexOf(sent.subarray(-160), pcmOf(fork.frames)) >= 0);
    const heard = pcmOf(fork.frames);
    const frames = Array.from({ length: sent.length / 160 }, (_, i) => sent.subarray(i * 160, (i + 1) * 160));
    expect(frames.filter((frame) => indexOf(frame, heard) < 0)).toHaveLength(0);
  });

  test('fills in frames where the far end sends nothing', async () => {
    const { ms } = await startTestServers();
    const fork = await startForkServer();
    const endpoint = await createEndpoint(ms);
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b' });
    await fork.until(() => fork.frames.length >= 1);
    await fork.until(() => fork.frames.length >= 26);
    expect(new Set(pcmOf(fork.frames))).toEqual(new Set([-1]));
  });

  test('brings the audio to the rate that was asked for', async () => {
    const { peer, fork, endpoint } = await startTalk();
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b', sampling: '16000' });
    await fork.until(() => fork.frames.length > 0);
    void peer.session.play(fromPcm(tone([1000], 500)));
    await fork.until(() => loudFrames(fork).length >= 20);
    expect(fork.frames.every(({ length }) => length === 640)).toBe(true);
    // At twice the rate, 1000 Hz stands where 500 Hz stands at 8 kHz.
    expect(Math.max(...loudFrames(fork).map((frame) => shareOf(500, frame)))).toBeGreaterThan(0.99);
  });

  test('in stereo has what is heard on the left and what is said on the right', async () => {
    const { peer, fork, endpoint } = await startTalk();
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b', mixType: 'stereo' });
    await fork.until(() => fork.frames.length > 0);
    void peer.session.play(fromPcm(tone([700], 1000)));
    await endpoint.play('tone_stream://%(1000,0,1300)');
    const side = (which: number) => loudFrames(fork).map((frame) => frame.filter((_, i) => i % 2 === which));
    const best = (hz: number, which: number) => Math.max(...side(which).map((frame) => shareOf(hz, frame)));
    expect(best(700, 0)).toBeGreaterThan(0.95);
    expect(best(1300, 1)).toBeGreaterThan(0.95);
    expect(best(1300, 0)).toBeLessThan(0.5);
    expect(best(700, 1)).toBeLessThan(0.5);
  });

  test('connects to a server that selects no subprotocol all the same', async () => {
    const { endpoint } = await startTalk();
    const fork = await startForkServer(false);
    const connected = nextForkEvent(endpoint, 'connect');
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b' });
    await connected;
  });

  test('carries text to the server, and is closed in good order with a last one', async () => {
    const { freeSwitch, fork, endpoint } = await startTalk();
    const connected = nextForkEvent(endpoint, 'connect');
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b' });
    await connected;
    expect(freeSwitch.channels()[0]?.forks).toEqual(['b']);
    await endpoint.forkAudioSendText('b', { a: 1 });
    await endpoint.forkAudioStop('b', { bye: 1 });
    expect(await fork.closed).toBe(1000);
    expect(fork.texts).toEqual(['{"a":1}', '{"bye":1}']);
    expect(freeSwitch.channels()[0]?.forks).toEqual([]);
  });

  test('passes on what the server says as events', async () => {
    const { fork, endpoint } = await startTalk();
    const connected = nextForkEvent(endpoint, 'connect');
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b' });
    await connected;
    const told = Promise.all([nextForkEvent(endpoint, 'json'), nextForkEvent(endpoint, 'error')]);
    fork.say('garbage');
    fork.say('{"type":"json","data":{"a":1}}');
    fork.say('{"type":"error","data":{"b":2}}');
    expect(await told).toEqual([{ type: 'json', data: { a: 1 } }, { b: 2 }]);
  });

  test('that the server drops tells of it, and stays attached until it is stopped', async () => {
    const { fork, endpoint } = await startTalk();
    const connected = nextForkEvent(endpoint, 'connect');
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b' });
    await connected;
    const dropped = nextForkEvent(endpoint, 'disconnect');
    fork.drop();
    expect(await dropped).toBe('');
    await expect(endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b' })).rejects.toThrow(
      '-ERR Operation Failed',
    );
    await endpoint.forkAudioStop('b');
    await expect(endpoint.forkAudioStop('b')).rejects.toThrow('-ERR Operation Failed');
  });

  test('to a closed port resolves, and then fires connect_failed', async () => {
    const { endpoint } = await startTalk();
    const failed = nextForkEvent(endpoint, 'connect_failed');
    await endpoint.forkAudioStart({ wsUrl: 'ws://127.0.0.1:9/dead', bugname: 'b' });
    expect(await failed).toEqual({ reason: 'conn fail: 111' });
  });

  test('started without a bug name cannot be stopped without one', async () => {
    const { fork, endpoint } = await startTalk();
    await endpoint.forkAudioStart({ wsUrl: fork.url });
    await expect(endpoint.forkAudioStop()).rejects.toThrow('-ERR Operation Failed');
  });

  test('is closed when its endpoint is destroyed', async () => {
    const { fork, endpoint } = await startTalk();
    const connected = nextForkEvent(endpoint, 'connect');
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b' });
    await connected;
    await endpoint.destroy();
    expect(await fork.closed).toBe(1000);
  });

  test('hears nothing of a far end that has been muted', async () => {
    const { peer, fork, endpoint } = await startTalk();
    await endpoint.mute();
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b' });
    await peer.session.play(fromPcm(tone([700], 300)));
    await fork.until(() => fork.frames.length >= 15);
    expect(new Set(pcmOf(fork.frames))).toEqual(new Set([-1]));
  });
});

describe('a fork of the two-way mode', () => {
  const bothWays = { enabled: 'true', streaming: 'true', sampleRate: '8000' };
  const spoken = (hz: number, milliseconds: number) => Buffer.from(tone([hz], milliseconds).slice().buffer);

  test('plays what comes back, until it is stopped, and what had come when it was dropped', async () => {
    const { peer, fork, endpoint } = await startTalk();
    const options = { wsUrl: fork.url, bugname: 'b', bidirectionalAudio: bothWays };
    await endpoint.forkAudioStart(options);
    await fork.until(() => fork.frames.length > 0);
    fork.send(spoken(700, 400));
    expect(shareOf(700, await peer.hear(3200))).toBeGreaterThan(0.3);
    fork.send(spoken(1100, 600));
    fork.drop();
    expect(shareOf(1100, await peer.hear(4000))).toBeGreaterThan(0.3);
    await endpoint.forkAudioStop('b');
    // A-law knows no 0.
    expect(rms(await peer.hear(800))).toBeLessThan(10);
  });

  test('is in the audio that a fork gets which was started after it, and in no other', async () => {
    const { fork, endpoint } = await startTalk();
    const [early, late] = await Promise.all([startForkServer(), startForkServer()]);
    await endpoint.forkAudioStart({ wsUrl: early.url, bugname: 'early', mixType: 'stereo' });
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b', bidirectionalAudio: bothWays });
    await endpoint.forkAudioStart({ wsUrl: late.url, bugname: 'late', mixType: 'stereo' });
    await fork.until(() => fork.frames.length > 0);
    const loud = ({ frames }: ForkServer) =>
      frames.map((frame) => pcmOf([frame]).filter((_, i) => i % 2 === 1)).filter((pcm) => rms(pcm) > 500);
    fork.send(spoken(700, 400));
    await late.until(() => loud(late).length >= 5);
    expect(loud(early)).toEqual([]);
  });

  test('is told by killAudio, with an event, and echoes marks as text', async () => {
    const { fork, endpoint } = await startTalk();
    const killed = nextForkEvent(endpoint, 'kill_audio');
    await endpoint.forkAudioStart({ wsUrl: fork.url, bugname: 'b', bidirectionalAudio: bothWays });
    await fork.until(() => fork.frames.length > 0);
    fork.say('{"type":"mark","data":{"name":"one"}}');
    fork.send(spoken(700, 2000));
    fork.say('{"type":"killAudio"}');
    await killed;
    await fork.until(() => fork.texts.length > 0);
    expect(JSON.parse(fork.texts[0] as string)).toMatchObject({ type: 'mark', data: { name: 'one' } });
  });
});
