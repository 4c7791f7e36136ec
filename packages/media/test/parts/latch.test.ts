import { describe, expect, it } from 'vitest';
import { PACKETS_TO_LATCH, SourceLatch } from '../../src/rtp/source-latch.js';

function packet(sequence: number, ssrc = 1) {
  return {
    payloadType: 0,
    marker: false,
    sequence: sequence & 0xffff,
    timestamp: 0,
    ssrc,
    payload: new Uint8Array(),
  };
}

function latched(): SourceLatch {
  const latch = new SourceLatch();
  latch.signal({ address: '10.0.0.1', port: 4000 });
  return latch;
}

describe('SourceLatch', () => {
  it('hears nobody before the far end is known', () => {
    expect(new SourceLatch().judge(packet(0), '10.0.0.1', 4000)).toBe('refuse');
  });

  it('hears the signalled place', () => {
    expect(latched().judge(packet(0), '10.0.0.1', 4000)).toBe('accept');
  });

  it('follows a far end that sends from elsewhere, once it was seen five times in a row', () => {
    const latch = latched();
    const verdicts = Array.from({ length: PACKETS_TO_LATCH }, (_, n) =>
      latch.judge(packet(65_534 + n), '192.0.2.1', 9),
    );
    expect(verdicts).toEqual(['hold', 'hold', 'hold', 'hold', 'latch']);
    expect(latch.current).toEqual({ address: '192.0.2.1', port: 9 });
    expect(latch.judge(packet(70_000), '192.0.2.1', 9)).toBe('accept');
  });

  it('does not follow packets that do not belong together', () => {
    const latch = latched();
    for (let n = 0; n < 20; n++) {
      expect(latch.judge(packet(n * 3), '192.0.2.1', 9)).toBe('hold');
      expect(latch.judge(packet(n, 50 + n), '192.0.2.2', 9)).toBe('hold');
    }
    expect(latch.current).toEqual({ address: '10.0.0.1', port: 4000 });
  });

  it('is not taken over by a third party, however much that sends, once the far end was heard', () => {
    const latch = latched();
    latch.judge(packet(0), '10.0.0.1', 4000);
    for (let n = 0; n < 1000; n++) expect(latch.judge(packet(n, 66), '203.0.113.9', 4000)).toBe('refuse');
    expect(latch.judge(packet(1), '10.0.0.1', 4000)).toBe('accept');
  });

  it('is not taken over by who repeats the stream from elsewhere while it goes on', () => {
    const latch = latched();
    for (let n = 0; n < 200; n++) {
      expect(latch.judge(packet(n), '10.0.0.1', 4000)).toBe('accept');
      expect(latch.judge(packet(n), '203.0.113.9', 4000)).toBe('refuse');
      expect(latch.judge(packet(n + 1), '203.0.113.9', 4000)).toBe('hold');
    }
    expect(latch.current).toEqual({ address: '10.0.0.1', port: 4000 });
  });

  it('gives the stream back to the signalled place as soon as that sends', () => {
    const latch = latched();
    for (let n = 0; n < PACKETS_TO_LATCH; n++) latch.judge(packet(n), '192.0.2.1', 9);
    expect(latch.judge(packet(0, 2), '10.0.0.1', 4000)).toBe('accept');
    expect(latch.current).toEqual({ address: '10.0.0.1', port: 4000 });
  });

  it('follows the same stream when a NAT gives it another port', () => {
    const latch = latched();
    for (let n = 0; n < 10; n++) latch.judge(packet(n), '10.0.0.1', 4000);
    const verdicts = Array.from({ length: 25 }, (_, n) => latch.judge(packet(10 + n), '10.0.0.1', 4001));
    expect(verdicts.slice(0, 24)).toEqual(new Array(24).fill('hold'));
    expect(verdicts[24]).toBe('latch');
  });

  it('starts over with another signalled place', () => {
    const latch = latched();
    latch.judge(packet(0), '10.0.0.1', 4000);
    latch.signal({ address: '10.0.0.2', port: 4000 });
    expect(latch.judge(packet(1), '10.0.0.1', 4000)).toBe('hold');
    expect(latch.judge(packet(0, 2), '10.0.0.2', 4000)).toBe('accept');
  });
});
