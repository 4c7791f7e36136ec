import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { teletone } from '../../src/freeswitch/media/teletone.js';
import { frameClock } from '../../src/media/frame-clock.js';
import { tone } from '../../src/media/tones.js';
import { formatWav } from '../../src/media/wav.js';
import { rms, shareOf } from '../media/spectrum.js';
import { createEndpoint, type RtpPeer, startPeer, startTestServers } from './test-client.js';

async function startTalk(soundsDirectory = '.') {
  const { ms } = await startTestServers({ soundsDirectory });
  const peer = await startPeer();
  const endpoint = await createEndpoint(ms);
  await endpoint.modify(peer.sdp);
  return { ms, endpoint, peer };
}

/**
 * All that was heard, once silence has come after it: packets may still be on their way when a play has
 * ended.
 */
async function hearTheEnd(peer: RtpPeer): Promise<Int16Array> {
  do await peer.hear(160);
  while (rms(peer.heard().subarray(-160)) > 100);
  return peer.heard();
}

/** The loudest stretch of what was heard. */
function loudPart(pcm: Int16Array): Int16Array {
  const loud = [...pcm.keys()].filter((i) => Math.abs(pcm[i] as number) > 500);
  return pcm.subarray(loud[0] ?? 0, (loud.at(-1) ?? 0) + 1);
}

describe('play', () => {
  test('of a tone reaches the far end at its frequency and length', async () => {
    const { endpoint, peer } = await startTalk();
    const played = await endpoint.play('tone_stream://%(300,200,440)');
    expect(played).toEqual({
      playbackSeconds: '0',
      playbackMilliseconds: '500',
      playbackLastOffsetPos: '4000',
    });
    const tonePart = loudPart(await hearTheEnd(peer));
    expect(shareOf(440, tonePart)).toBeGreaterThan(0.98);
    expect(tonePart.length / 8).toBeGreaterThan(290);
    expect(tonePart.length / 8).toBeLessThan(310);
  });

  test('of a WAV file reaches the far end as it is, from the sounds directory too', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'outdial-lab-'));
    try {
      const path = join(directory, 'hello.wav');
      await writeFile(path, formatWav(tone([800], 400, { peak: 8000 }), 'pcm16'));
      const { endpoint, peer } = await startTalk(directory);
      await endpoint.play([path, 'hello.wav', 'hello']);
      const heard = loudPart(await hearTheEnd(peer));
      expect(shareOf(800, heard.subarray(0, 3000))).toBeGreaterThan(0.98);
      // Three times 400 ms, two in ten samples of 800 Hz being zero; between them FreeSWITCH leaves 250 ms.
      const loud = heard.filter((sample) => Math.abs(sample) > 500).length;
      expect(loud).toBeGreaterThan(7600);
      expect(loud).toBeLessThanOrEqual(7680);
      expect(heard.length - loud).toBeGreaterThan(1920 + 2 * 1000);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('of what is not there fails', async () => {
    const { endpoint } = await startTalk();
    await expect(endpoint.play('/nowhere.wav')).rejects.toThrow('File Not Found');
    await expect(endpoint.play('silence_stream://0')).rejects.toThrow('File Not Found');
    await expect(endpoint.play('http://127.0.0.1/x.wav')).rejects.toThrow('File Not Found');
  });

  test('starts at a sample where one is given', async () => {
    const { endpoint } = await startTalk();
    const { playbackLastOffsetPos } = await endpoint.play('silence_stream://200@@800');
    expect(playbackLastOffsetPos).toBe('800');
  });

  test('is broken off by uuid_break, and counts what was heard and what was read ahead', async () => {
    const { ms, endpoint, peer } = await startTalk();
    const playing = endpoint.play('tone_stream://%(3000,0,440)');
    while (rms((await peer.hear(160)).subarray(-160)) < 1000);
    expect(await ms.api(`uuid_break ${endpoint.uuid}`)).toBe('+OK\n');
    const { playbackMilliseconds, playbackLastOffsetPos } = await playing;
    expect(playbackMilliseconds).toBe('2048');
    expect(Number(playbackLastOffsetPos)).toBeLessThan(16_000);
  });

  test('takes its full length while no RTP can be sent', async () => {
    const { ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    let frames = 0;
    const stopCounting = frameClock.start(() => {
      frames += 1;
    });
    await endpoint.play('silence_stream://400');
    stopCounting();
    expect(frames).toBeGreaterThanOrEqual(20);
  });

  test('of a second file comes before what is left of the first, and a set waits for neither', async () => {
    const { endpoint, peer } = await startTalk();
    const order: string[] = [];
    const outer = endpoint.play('tone_stream://%(1000,0,440)').then(() => order.push('outer'));
    while (rms((await peer.hear(160)).subarray(-160)) < 1000);
    const inner = endpoint.play('tone_stream://%(200,0,1200)').then(() => order.push('inner'));
    const set = endpoint.execute('set', 'x=1').then(() => order.push('set'));
    await Promise.all([outer, inner, set]);
    expect(order).toEqual(['set', 'inner', 'outer']);
    expect(loudPart(await hearTheEnd(peer)).length / 8).toBeGreaterThan(1190);
  });

  test('tells of its start and its end', async () => {
    const { endpoint } = await startTalk();
    const events: unknown[] = [];
    for (const name of ['PLAYBACK_START', 'PLAYBACK_STOP']) {
      endpoint.conn.on(
        `esl::event::${name}::${endpoint.uuid}`,
        (event: { getHeader(name: string): string }) =>
          events.push([name, event.getHeader('Playback-File-Path'), event.getHeader('Playback-Status')]),
      );
    }
    await endpoint.play('silence_stream://40');
    expect(events).toEqual([
      ['PLAYBACK_START', 'silence_stream://40', null],
      ['PLAYBACK_STOP', 'silence_stream://40', 'done'],
    ]);
  });
});

describe('a tone specification', () => {
  test('gives each tone and each pause its length', () => {
    expect(teletone('%(100,50,440)')).toHaveLength(1200);
    expect(teletone('%(100,50,440);%(20,0,350,440)')).toHaveLength(1360);
    expect(teletone('L=3;%(100,0,440)')).toHaveLength(2400);
    expect(teletone('l=2;%(100,0,440)')).toHaveLength(1600);
    expect(teletone('d=40;w=10;5')).toHaveLength(400);
  });

  test('mixes its frequencies, and takes the volume', () => {
    const loud = teletone('v=-7;%(500,0,350,440)');
    expect(shareOf(350, loud) + shareOf(440, loud)).toBeGreaterThan(0.98);
    const quiet = teletone('v=-27;%(500,0,350,440)');
    expect(rms(loud) / rms(quiet)).toBeCloseTo(10, 0);
  });

  test('that makes no sense is nothing', () => {
    expect(teletone('garbage')).toHaveLength(0);
    expect(teletone('%(a,b,c)')).toHaveLength(0);
  });
});
