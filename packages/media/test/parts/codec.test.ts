import { describe, expect, it } from 'vitest';
import { Concealment } from '../../src/codec/concealment.js';
import { G711_CODECS } from '../../src/codec/g711.js';
import { resampledLength, resampleInto } from '../../src/codec/resample.js';
import { BPL_BARE, mosOf, ratingOf } from '../../src/quality/e-model.js';
import { ComfortNoise } from '../../src/rtp/comfort-noise.js';

describe('G.711', () => {
  it.each(['pcmu', 'pcma'] as const)('%s gives each code back, and is as near as its step', (law) => {
    const codes = Uint8Array.from({ length: 256 }, (_, n) => n);
    const pcm = new Int16Array(256);
    G711_CODECS[law].decode(codes, pcm);
    const again = new Int16Array(256);
    G711_CODECS[law].decode(G711_CODECS[law].encode(pcm), again);
    expect(again).toEqual(pcm);
    for (let sample = -32_768; sample < 32_768; sample += 7) {
      const out = new Int16Array(1);
      G711_CODECS[law].decode(G711_CODECS[law].encode(Int16Array.of(sample)), out);
      expect(Math.abs((out[0] as number) - sample)).toBeLessThanOrEqual(
        Math.max(16, Math.abs(sample) / 16 + 8, 0),
      );
    }
  });

  it('has the values of ITU-T G.711', () => {
    const out = new Int16Array(4);
    G711_CODECS.pcma.decode(Uint8Array.of(0xaa, 0x2a, 0xd5, 0x55), out);
    expect([...out]).toEqual([32_256, -32_256, 8, -8]);
    G711_CODECS.pcmu.decode(Uint8Array.of(0x80, 0x00, 0xff, 0x7f), out);
    expect([...out].map((value) => value + 0)).toEqual([32_124, -32_124, 0, 0]);
  });
});

describe('resampleInto', () => {
  const sine = (rate: number, hz: number) =>
    Float32Array.from({ length: rate }, (_, n) => 0.5 * Math.sin((2 * Math.PI * hz * n) / rate));

  it.each([11_025, 16_000, 22_050, 44_100, 48_000, 6000])('keeps a tone of 1000 Hz from %d Hz', (rate) => {
    const out = new Int16Array(resampledLength(rate, rate));
    resampleInto(sine(rate, 1000), rate, out, 0, out.length);
    let error = 0;
    for (let n = 400; n < 7600; n++)
      error += ((out[n] as number) / 32_768 - 0.5 * Math.sin((2 * Math.PI * 1000 * n) / 8000)) ** 2;
    expect(Math.sqrt(error / 7200)).toBeLessThan(0.002);
  });

  it('lets nothing through that would alias', () => {
    const out = new Int16Array(8000);
    resampleInto(sine(48_000, 5200), 48_000, out, 0, 8000);
    expect(Math.max(...out.subarray(400, 7600))).toBeLessThan(60);
  });
});

describe('Concealment', () => {
  it('repeats what was heard, fading, and then is silent', () => {
    const concealment = new Concealment();
    concealment.heard(new Int16Array(160).fill(1000));
    const out = new Int16Array(640);
    concealment.fill(out);
    expect(out[0]).toBe(1000);
    expect(out[240]).toBe(500);
    expect([...out.subarray(480)]).toEqual(new Array(160).fill(0));
  });
});

describe('ComfortNoise', () => {
  it('has the level of the packet', () => {
    const noise = new ComfortNoise();
    const out = new Int16Array(8000);
    noise.take(Uint8Array.of(40, 1, 2));
    noise.fill(out);
    const power = out.reduce((sum, value) => sum + (value / 32_768) ** 2, 0) / out.length;
    expect(10 * Math.log10(power)).toBeCloseTo(-40, 0);
    noise.take(Uint8Array.of(127));
    noise.fill(out);
    expect(out.every((value) => value === 0)).toBe(true);
  });
});

describe('the E-model', () => {
  it('has the figures that G.107 gives', () => {
    expect(mosOf(ratingOf({ lossShare: 0, delayMs: 0 }))).toBeCloseTo(4.41, 2);
    // G.113 appendix I: 5 % of random loss.
    expect(ratingOf({ lossShare: 0.05, delayMs: 0 })).toBeCloseTo(93.2 - (95 * 5) / 30.1, 5);
    expect(ratingOf({ lossShare: 0.05, delayMs: 0, bpl: BPL_BARE })).toBeCloseTo(93.2 - (95 * 5) / 9.3, 5);
    expect(mosOf(ratingOf({ lossShare: 1, delayMs: 500, bpl: BPL_BARE }))).toBe(1);
    expect(mosOf(100)).toBe(4.5);
  });

  it('falls with loss and with delay', () => {
    const at = (lossShare: number, delayMs: number) => mosOf(ratingOf({ lossShare, delayMs }));
    expect(at(0.01, 50)).toBeGreaterThan(at(0.05, 50));
    expect(at(0.01, 50)).toBeGreaterThan(at(0.01, 300));
  });
});
