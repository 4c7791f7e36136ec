import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { G711_CODECS } from '../../src/codec/g711.js';
import { readWav } from '../../src/play/wav.js';
import { Recorder } from '../../src/record/recorder.js';
import { Timeline } from '../../src/record/timeline.js';
import type { RecordingResult } from '../../src/session/words.js';

const directory = mkdtempSync(join(tmpdir(), 'outdial-media-record-'));
afterAll(() => rmSync(directory, { recursive: true }));

const ones = (length: number, value = 1) => new Int16Array(length).fill(value);

describe('Timeline', () => {
  it('keeps packets that jitter next to one another', () => {
    const timeline = new Timeline(1);
    timeline.place(0, ones(160, 1), 1000, true);
    timeline.place(0, ones(160, 2), 1250, true);
    timeline.place(0, ones(160, 3), 1330, true);
    const { from, pcm } = timeline.takeChanged();
    expect(from).toBe(0);
    expect([...pcm]).toEqual([...ones(840, 0), ...ones(160, 1), ...ones(160, 2), ...ones(160, 3)]);
  });

  it('puts a burst after a stall where it belongs, and tells that it has changed what was read', () => {
    const timeline = new Timeline(1);
    timeline.place(0, ones(160, 1), 160, true);
    timeline.extendTo(8160);
    expect(timeline.takeChanged().pcm.length).toBe(8160);
    for (let n = 1; n <= 50; n++) timeline.place(0, ones(160, 2), 8160, true);
    const { from, pcm } = timeline.takeChanged();
    expect(from).toBe(160);
    expect([...pcm]).toEqual([...ones(8000, 2)]);
  });

  it('brings forward a channel that stays behind, and back one that is ahead', () => {
    const timeline = new Timeline(1);
    timeline.place(0, ones(160), 160, true);
    // A pause of 2 s that the positions do not show.
    for (let n = 0; n < 100; n++) timeline.place(0, ones(160, 2), 16_160 + n * 160, true);
    expect(timeline.length).toBe(16_160 + 99 * 160);
    for (let n = 0; n < 100; n++) timeline.place(0, ones(160, 3), 32_160, true);
    expect(timeline.length).toBeLessThan(32_160 + 2400);
  });

  it('holds two channels side by side', () => {
    const timeline = new Timeline(2);
    timeline.place(0, ones(3, 1), 3, true);
    timeline.place(1, ones(2, 7), 4, true);
    expect([...timeline.takeChanged().pcm]).toEqual([1, 0, 1, 0, 1, 7, 0, 7]);
  });
});

async function record(
  name: string,
  sides: 'callee' | 'both',
  act: (recorder: Recorder) => Promise<void> | void,
) {
  let result: RecordingResult | null = null;
  const recorder = new Recorder(join(directory, name), sides, (end) => {
    result = end;
  });
  await recorder.opened;
  await act(recorder);
  await recorder.stop();
  return result as RecordingResult | null;
}

describe('Recorder', () => {
  it('records both sides, and has its name only when it is whole', async () => {
    const path = join(directory, 'both.wav');
    const result = await record('both.wav', 'both', (recorder) => {
      recorder.audio(ones(160, 1000), 0);
      recorder.quiet(ones(160, 2000), 160);
      recorder.sent(G711_CODECS.pcma.encode(ones(160, 3000)), 'pcma');
      expect(existsSync(path)).toBe(false);
    });
    expect(result).toMatchObject({ outcome: 'finished', path });
    expect(existsSync(`${path}.part`)).toBe(false);
    const file = readFileSync(path);
    expect(file.readUInt16LE(22)).toBe(2);
    expect(file.readUInt32LE(40)).toBe(file.length - 44);
    const left = Array.from({ length: (file.length - 44) / 4 }, (_, n) => file.readInt16LE(44 + n * 4));
    const right = Array.from({ length: (file.length - 44) / 4 }, (_, n) => file.readInt16LE(46 + n * 4));
    expect(left.filter((value) => value === 1000)).toHaveLength(160);
    expect(left.filter((value) => value === 2000)).toHaveLength(160);
    expect(right.filter((value) => Math.abs(value - 3000) < 100)).toHaveLength(160);
  });

  it('holds silence while it is paused, on both sides', async () => {
    await record('paused.wav', 'both', (recorder) => {
      recorder.audio(ones(160, 1000), 0);
      recorder.pause();
      recorder.audio(ones(160, 2000), 160);
      recorder.lost(160, 320);
      recorder.sent(G711_CODECS.pcma.encode(ones(160, 3000)), 'pcma');
      recorder.resume();
      recorder.lost(160, 480);
      recorder.audio(ones(160, 4000), 640);
    });
    const { samples } = await readWav(readFileSync(join(directory, 'paused.wav')));
    const heard = new Set([...samples].map((sample) => Math.round(sample * 32_768)));
    // The channels are averaged. What is lost is concealed by what was said before the pause.
    for (const value of [500, 2000]) expect(heard).toContain(value);
    for (const value of [1000, 1500]) expect(heard).not.toContain(value);
  });

  it('takes what is said before its file is open', async () => {
    const path = join(directory, 'early.wav');
    const recorder = new Recorder(path, 'callee', () => undefined);
    recorder.audio(ones(160, 1000), 0);
    await recorder.stop();
    expect((await readWav(readFileSync(path))).samples.filter((value) => value > 0)).toHaveLength(160);
  });

  it('conceals what was lost, so that it is neither silent nor shorter', async () => {
    await record('lost.wav', 'callee', (recorder) => {
      recorder.audio(ones(160, 1000), 0);
      recorder.lost(160, 160);
      recorder.audio(ones(160, 1000), 320);
    });
    const { samples } = await readWav(readFileSync(join(directory, 'lost.wav')));
    expect(samples.filter((value) => value > 0).length).toBeGreaterThan(470);
  });

  it('can be read while it grows', async () => {
    await record('growing.wav', 'callee', async (recorder) => {
      recorder.audio(ones(8000, 1000), 0);
      recorder.sweep(performance.now() + 1000);
      const part = join(directory, 'growing.wav.part');
      while (readFileSync(part).length <= 44 || readFileSync(part).readUInt32LE(40) === 0)
        await new Promise((resolve) => setImmediate(resolve));
      expect((await readWav(readFileSync(part))).samples.length).toBeGreaterThanOrEqual(8000);
    });
  });

  it('does not begin on a full disk', async () => {
    symlinkSync('/dev/full', join(directory, 'full.wav.part'));
    const recorder = new Recorder(join(directory, 'full.wav'), 'callee', () => undefined);
    await expect(recorder.opened).rejects.toMatchObject({ code: 'ENOSPC' });
    await recorder.stop();
  });

  it('tells it as a failure when the file cannot be finished', async () => {
    const result = await record('gone.wav', 'callee', (recorder) => {
      rmSync(join(directory, 'gone.wav.part'));
      recorder.audio(ones(160), 0);
    });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'RECORDING_FAILED' } });
  });
});
