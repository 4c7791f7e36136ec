import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatWav } from '@outdial/lab/audio';
import { tone } from '@outdial/testkit/sounds';
import { afterAll, describe, expect, it } from 'vitest';
import { G711_CODECS } from '../../src/codec/g711.js';
import { DEFAULT_SOURCES } from '../../src/options.js';
import { decodeSound } from '../../src/play/decode.js';
import { SoundPlayer } from '../../src/play/player.js';
import { type Sound, toSound } from '../../src/play/sound.js';
import { SoundCache } from '../../src/play/sound-cache.js';
import { SoundLibrary } from '../../src/play/sound-library.js';
import { parseTones, renderTones } from '../../src/play/tones.js';

const directory = mkdtempSync(join(tmpdir(), 'outdial-media-play-'));
afterAll(() => rmSync(directory, { recursive: true }));

const soundFile = (name: string) => readFileSync(new URL(`files/${name}`, import.meta.url));

/** A WAV file of a tone of 440 Hz, a second long. */
function wav(rate: number, bits: number, tag: number, channels: number): Buffer {
  const frames = rate;
  const bytes = bits / 8;
  const data = Buffer.alloc(frames * channels * bytes);
  for (let n = 0; n < frames; n++) {
    const value = 0.4 * Math.sin((2 * Math.PI * 440 * n) / rate);
    for (let c = 0; c < channels; c++) {
      const at = (n * channels + c) * bytes;
      const pcm = Int16Array.of(value * 32_767);
      if (tag === 6) data[at] = G711_CODECS.pcma.encode(pcm)[0] as number;
      else if (tag === 7) data[at] = G711_CODECS.pcmu.encode(pcm)[0] as number;
      else if (bits === 8) data[at] = 128 + value * 127;
      else data.writeIntLE(Math.round(value * (2 ** (bits - 1) - 1)), at, bytes);
    }
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(tag, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * bytes, 28);
  head.writeUInt16LE(channels * bytes, 32);
  head.writeUInt16LE(bits, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

/** Share of the power at a frequency, 0 to 1. */
function shareAt(hz: number, { pcma }: Sound, from = 800, to = 7200): number {
  const pcm = new Int16Array(pcma.length);
  G711_CODECS.pcma.decode(pcma, pcm);
  let [sine, cosine, power] = [0, 0, 0];
  for (let n = from; n < to; n++) {
    const value = pcm[n] as number;
    sine += value * Math.sin((2 * Math.PI * hz * n) / 8000);
    cosine += value * Math.cos((2 * Math.PI * hz * n) / 8000);
    power += value * value;
  }
  return (2 * (sine * sine + cosine * cosine)) / ((to - from) * power);
}

describe('decodeSound', () => {
  it.each([
    [8000, 16, 1, 1],
    [8000, 8, 1, 1],
    [16_000, 24, 1, 1],
    [44_100, 16, 1, 2],
    [48_000, 24, 1, 2],
    [22_050, 8, 1, 1],
    [8000, 8, 6, 1],
    [8000, 8, 7, 1],
    [11_025, 16, 1, 6],
  ])('plays a WAV of %d Hz, %d bits, format %d, %d channels', async (rate, bits, tag, channels) => {
    const sound = await decodeSound(wav(rate, bits, tag, channels), 600);
    expect(sound.samples).toBe(8000);
    expect(shareAt(440, sound)).toBeGreaterThan(0.99);
  });

  it.each(['a440.mp3', 'a440.opus'])('plays %s', async (name) => {
    const sound = await decodeSound(soundFile(name), 600);
    // MP3 pads the beginning and the end.
    expect(Math.abs(sound.samples / 8000 - 1.5)).toBeLessThan(0.1);
    expect(shareAt(440, sound)).toBeGreaterThan(0.99);
  });

  it('takes a WAV whose data is cut off, as an unfinished recording has it', async () => {
    expect((await decodeSound(wav(8000, 16, 1, 1).subarray(0, 44 + 8000), 600)).samples).toBe(4000);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello there, this is no sound at all')],
    ['a WAV without data', wav(8000, 16, 1, 1).subarray(0, 36)],
    ['a WAV of another format', wav(8000, 32, 3, 1)],
    ['an Ogg that is no Opus', Buffer.concat([Buffer.from('OggS'), Buffer.alloc(400)])],
    ['an MP3 without frames', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(400)])],
  ])('refuses %s', async (_, file) => {
    await expect(decodeSound(file, 600)).rejects.toMatchObject({ code: 'SOURCE_FORMAT' });
  });

  it.each(['a440.mp3', 'a440.opus'])('refuses a %s that lasts too long', async (name) => {
    await expect(decodeSound(soundFile(name), 1)).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' });
  });
});

describe('tones', () => {
  it.each([
    ['tone_stream://%(500,250,440)', 1, [[500, 250, [440], -7]]],
    ['tone_stream://%(2000,4000,440,480);loops=3', 3, [[2000, 4000, [440, 480], -7]]],
    [
      'tone_stream://v=-20;%(100,0,950);v=-10;%(100,100,1400);loops=-1',
      0,
      [
        [100, 0, [950], -20],
        [100, 100, [1400], -10],
      ],
    ],
    [
      'tone_stream://L=2;%(100,50,425)',
      1,
      [
        [100, 50, [425], -7],
        [100, 50, [425], -7],
      ],
    ],
    ['silence_stream://1500', 1, [[0, 1500, [], -7]]],
    ['silence_stream://-1', 0, [[0, 1000, [], -7]]],
  ])('reads %s', (source, loops, tones) => {
    const read = parseTones(source);
    expect(read.loops).toBe(loops);
    expect(read.tones.map((one) => [one.onMs, one.offMs, one.frequencies, one.volumeDb])).toEqual(tones);
  });

  it.each([
    'tone_stream://',
    'tone_stream://%(500)',
    'tone_stream://%(a,b,c)',
    'tone_stream://%(500,0,9000)',
    'tone_stream://%(999999999,0,440)',
    'tone_stream://hello',
    'silence_stream://x',
  ])('refuses %s', (source) => {
    expect(() => parseTones(source)).toThrow(expect.objectContaining({ code: 'SOURCE_INVALID' }));
  });

  it('sounds as loud and as long as it says', () => {
    const pcm = renderTones(parseTones('tone_stream://v=-10;%(1000,500,440)').tones);
    expect(pcm.length).toBe(12_000);
    expect(shareAt(440, toSound(pcm))).toBeGreaterThan(0.99);
    const rms = Math.sqrt(pcm.subarray(800, 7200).reduce((sum, value) => sum + value * value, 0) / 6400);
    // 0 dBm0 is 3.14 dB below a sine of full scale.
    expect(20 * Math.log10(rms / (32_768 / Math.SQRT2))).toBeCloseTo(-13.14, 1);
    expect(pcm.subarray(8000).every((value) => value === 0)).toBe(true);
  });
});

describe('SoundPlayer', () => {
  it('plays on across the end as often as it is told', () => {
    const player = new SoundPlayer(toSound(Int16Array.from({ length: 250 }, (_, n) => n * 50)), 2);
    const out = new Uint8Array(160);
    for (let n = 0; n < 3; n++) player.read('pcmu', out);
    expect(player.isOver).toBe(false);
    expect(player.read('pcmu', out)).toBe(true);
    expect(player.isOver).toBe(true);
    expect(out[20]).toBe(0xff);
    expect(player.playedMs).toBe(63);
  });
});

describe('SoundCache', () => {
  it('forgets what was not used for longest, and keeps within its limit', () => {
    const cache = new SoundCache(1000);
    const sound = toSound(new Int16Array(200));
    for (const key of ['a', 'b']) cache.set(key, { sound, version: '', checkedAt: 0 });
    expect(cache.get('a')).toBeDefined();
    cache.set('c', { sound, version: '', checkedAt: 0 });
    expect([cache.get('a'), cache.get('b'), cache.get('c')].map((entry) => entry !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
    expect(cache.bytes).toBe(800);
    cache.set('large', { sound: toSound(new Int16Array(600)), version: '', checkedAt: 0 });
    expect(cache.get('large')).toBeUndefined();
    expect(cache.bytes).toBe(800);
  });
});

describe('SoundLibrary', () => {
  const library = new SoundLibrary({ ...DEFAULT_SOURCES, directory, maxBytes: 100_000 });
  const write = (name: string, ms: number) =>
    writeFileSync(join(directory, name), formatWav(tone(ms, 440), 'pcm16'));

  it('reads a file once, and again when it has changed', async () => {
    write('one.wav', 500);
    const [first, second] = await Promise.all([library.load('one.wav'), library.load('one.wav')]);
    expect(first.sound).toBe(second.sound);
    expect((await library.load(`file://${join(directory, 'one.wav')}`)).sound).toBe(first.sound);
    write('one.wav', 700);
    expect((await library.load('one.wav')).sound.samples).toBe(5600);
  });

  it.each([
    ['../secret.wav', 'SOURCE_FORBIDDEN'],
    ['/etc/passwd', 'SOURCE_FORBIDDEN'],
    ['file:///etc/passwd', 'SOURCE_FORBIDDEN'],
    ['.', 'SOURCE_FORBIDDEN'],
    ['link.wav', 'SOURCE_FORBIDDEN'],
    ['not-there.wav', 'SOURCE_MISSING'],
    ['text.wav', 'SOURCE_FORMAT'],
    ['large.wav', 'SOURCE_TOO_LARGE'],
    ['ftp://example.com/a.wav', 'SOURCE_INVALID'],
    ['https://example.com/a.wav', 'HOST_NOT_ALLOWED'],
    ['http://example.com/a.wav', 'HOST_NOT_ALLOWED'],
    ['tone_stream://nothing', 'SOURCE_INVALID'],
  ])('refuses %s with %s', async (source, code) => {
    writeFileSync(join(directory, 'text.wav'), 'this is text');
    writeFileSync(join(directory, 'large.wav'), Buffer.alloc(100_001));
    try {
      symlinkSync('/etc/passwd', join(directory, 'link.wav'));
    } catch {
      // It is there from the row before.
    }
    await expect(library.load(source)).rejects.toMatchObject({ code });
  });

  it('refuses a FIFO, a link to one and a directory, and waits for none of them', async () => {
    const fifo = join(directory, 'fifo.wav');
    execFileSync('mkfifo', [fifo]);
    symlinkSync(fifo, join(directory, 'fifo-link.wav'));
    mkdirSync(join(directory, 'directory.wav'));
    for (const source of ['fifo.wav', 'fifo-link.wav', 'directory.wav'])
      await expect(library.load(source)).rejects.toMatchObject({
        code: 'SOURCE_FORMAT',
        message: `${source} is not a regular file`,
      });
  });

  it('plays tones given as values', async () => {
    const { sound } = await library.load({ frequencies: [350, 440], onMs: 200 });
    expect(sound.samples).toBe(1600);
    await expect(library.load({ frequencies: [], onMs: 200 })).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
    });
  });
});
