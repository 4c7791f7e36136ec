import { describe, expect, it } from 'vitest';
import { G711_CODECS } from '../../src/codec/g711.js';
import { type EchoedMark, PlayOut } from '../../src/stream/play-out.js';

const SILENCE = G711_CODECS.pcmu.silence;

function playOut(limitSeconds = 10) {
  const marks: EchoedMark[] = [];
  const source = new PlayOut(limitSeconds, (mark) => marks.push(mark));
  const read = (samples = 160) => {
    const out = new Uint8Array(samples);
    source.read('pcmu', out);
    return out;
  };
  return { source, marks, read };
}

/** So many samples, each of its own value, which mu-law keeps apart. */
function ramp(samples: number, from = 0): Int16Array {
  const pcm = new Int16Array(samples);
  const bytes = Uint8Array.from(pcm, (_, n) => (from + n) % 100);
  G711_CODECS.pcmu.decode(bytes, pcm);
  return pcm;
}

const isSilent = (frame: Uint8Array) => frame.every((byte) => byte === SILENCE);

describe('the play-out of a bot', () => {
  it('joins pieces of any length, and is silent when nothing is there', () => {
    const { source, read } = playOut();
    expect(isSilent(read())).toBe(true);
    for (let at = 0; at < 320; at += 40) source.push(ramp(40, at));
    const bytes = [...read(), ...read()];
    expect(bytes).toEqual(Array.from({ length: 320 }, (_, n) => n % 100));
    expect(isSilent(read())).toBe(true);
    expect(source.playedMs).toBe(40);
  });

  it('waits one packet time for the rest of a packet, and then plays what there is', () => {
    const { source, read } = playOut();
    source.push(ramp(100));
    expect(isSilent(read())).toBe(true);
    source.push(ramp(60, 100));
    expect([...read()]).toEqual(Array.from({ length: 160 }, (_, n) => n % 100));
    source.push(ramp(100));
    expect(isSilent(read())).toBe(true);
    const last = read();
    expect([...last.subarray(0, 100)]).toEqual([...ramp(100).keys()]);
    expect(isSilent(last.subarray(100))).toBe(true);
  });

  it('plays the last part of a packet at once when it has been there for longer', () => {
    const { source, read } = playOut();
    source.push(ramp(200));
    expect(isSilent(read())).toBe(false);
    expect([...read().subarray(0, 40)]).toEqual(Array.from({ length: 40 }, (_, n) => (160 + n) % 100));
  });

  it('echoes a mark once what is before it was played, in their order', () => {
    const { source, marks, read } = playOut();
    source.mark('at once');
    expect(marks).toEqual([{ name: 'at once', played: 0, cleared: 0 }]);
    source.push(ramp(320));
    source.mark('one');
    source.push(ramp(160));
    source.mark('two');
    source.mark('three');
    read();
    expect(marks).toHaveLength(1);
    read();
    expect(marks.slice(1)).toEqual([{ name: 'one', played: 40, cleared: 0 }]);
    read();
    expect(marks.slice(2)).toEqual([
      { name: 'two', played: 20, cleared: 0 },
      { name: 'three', played: 0, cleared: 0 },
    ]);
  });

  it('tells by the echoes of a clear what was played and what was not', () => {
    const { source, marks, read } = playOut();
    source.push(ramp(800));
    source.mark('one');
    source.push(ramp(800));
    source.mark('two');
    read();
    source.clear();
    expect(marks).toEqual([
      { name: 'one', played: 20, cleared: 80 },
      { name: 'two', played: 0, cleared: 100 },
    ]);
    expect(isSilent(read())).toBe(true);
    expect([source.playedMs, source.clearedMs]).toEqual([20, 180]);
    source.push(ramp(160));
    source.mark('next');
    read();
    expect(marks[2]).toEqual({ name: 'next', played: 20, cleared: 0 });
  });

  it('keeps its limit, and counts what was dropped with the mark that follows', () => {
    const { source, marks, read } = playOut(1);
    expect(source.push(ramp(7900))).toBe(true);
    expect(source.push(ramp(500))).toBe(false);
    source.mark('full');
    for (let n = 0; n < 50; n++) read();
    expect(marks).toEqual([{ name: 'full', played: 1000, cleared: 50 }]);
    expect(source.droppedMs).toBe(50);
    expect(source.push(ramp(500))).toBe(true);
  });

  it('keeps its order while it grows and wraps around', () => {
    const { source, read } = playOut(60);
    let [written, played] = [0, 0];
    for (let round = 0; round < 200; round++) {
      const samples = 160 * ((round % 30) + 1);
      source.push(ramp(samples, written));
      written += samples;
      for (let n = 0; n < 12 && played < written; n++, played += 160) expect(read()[0]).toBe(played % 100);
    }
    expect(source.droppedMs).toBe(0);
  });

  it('refuses more marks than it keeps', () => {
    const { source } = playOut();
    source.push(ramp(160));
    for (let n = 0; n < 20_000; n++) expect(source.mark('m')).toBe(true);
    expect(source.mark('m')).toBe(false);
  });
});
