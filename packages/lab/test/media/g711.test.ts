import { describe, expect, it } from 'vitest';
import { G711 } from '../../src/media/g711.js';

const EVERY_SAMPLE = Int16Array.from({ length: 0x1_0000 }, (_, i) => i - 0x8000);
const EVERY_BYTE = Uint8Array.from({ length: 0x100 }, (_, i) => i);

describe.each(Object.values(G711))('$name', (codec) => {
  it('gives every code word back unchanged after decoding and encoding it', () => {
    const again = codec.encode(codec.decode(EVERY_BYTE));
    const changed = EVERY_BYTE.filter((byte, i) => byte !== again[i]);
    // mu-law has two zeros, and the negative one is written as the positive one.
    expect([...changed]).toEqual(codec.name === 'PCMU' ? [0x7f] : []);
  });

  it('keeps every sample within half a step of its segment, and its order', () => {
    const decoded = codec.decode(codec.encode(EVERY_SAMPLE));
    const wrong = EVERY_SAMPLE.filter((sample, i) => {
      const isClipped = Math.abs(sample) > 32_100;
      const halfStep = Math.max(16, Math.abs(sample) / 32 + 8) + (isClipped ? 700 : 0);
      const isNear = Math.abs((decoded[i] as number) - sample) <= halfStep;
      return !isNear || (i > 0 && (decoded[i] as number) < (decoded[i - 1] as number));
    });
    expect([...wrong]).toEqual([]);
  });
});

describe('the code words of the standard', () => {
  it('are 0xD5 for silence in A-law, and 0xFF in mu-law', () => {
    expect(G711.PCMA.encode(new Int16Array(1))[0]).toBe(0xd5);
    expect(G711.PCMU.encode(new Int16Array(1))[0]).toBe(0xff);
  });

  it('are those of the 1 kHz test sequence of ITU-T G.711, tables 5 and 6', () => {
    const alaw = Uint8Array.of(0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4);
    const mulaw = Uint8Array.of(0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e);
    const fromA = G711.PCMA.decode(alaw);
    const fromMu = G711.PCMU.decode(mulaw);
    for (const [i, sample] of fromA.entries()) {
      expect(Math.abs(sample - (fromMu[i] as number))).toBeLessThan(300);
      expect(Math.sign(sample)).toBe(i < 4 ? -1 : 1);
    }
  });
});
