/**
 * Audio that is pulled: 16-bit PCM at 8 kHz. Fewer samples than requested (or none) mean that it has ended.
 * Callers must not modify or keep what `next` returns: it may be a view of shared memory.
 */
export interface AudioSource {
  next(samples: number): Int16Array;
}

const SAMPLES_PER_MS = 8;
const NOTHING = new Int16Array(0);

/** Plays samples once. */
export function fromPcm(pcm: Int16Array): AudioSource {
  let at = 0;
  return {
    next(samples) {
      const part = pcm.subarray(at, at + samples);
      at += part.length;
      return part;
    },
  };
}

/** Plays samples over and over, from sample `startAt` on. */
export function looped(pcm: Int16Array, startAt = 0): AudioSource {
  if (pcm.length === 0) throw new RangeError('cannot loop an empty recording');
  let at = startAt % pcm.length;
  return {
    next(samples) {
      if (at + samples <= pcm.length) {
        at += samples;
        return pcm.subarray(at - samples, at);
      }
      const out = new Int16Array(samples);
      for (let i = 0; i < samples; i++) out[i] = pcm[(at + i) % pcm.length] as number;
      at = (at + samples) % pcm.length;
      return out;
    },
  };
}

/** Digital silence for `milliseconds`; default: without end. */
export function silence(milliseconds = Number.POSITIVE_INFINITY): AudioSource {
  let left = milliseconds * SAMPLES_PER_MS;
  return {
    next(samples) {
      const count = Math.min(samples, Math.round(left));
      left -= count;
      return new Int16Array(count);
    },
  };
}

/** Plays sources one after the other, without a gap. */
export function sequence(...sources: readonly AudioSource[]): AudioSource {
  const waiting = [...sources];
  return {
    next(samples) {
      const first = waiting[0]?.next(samples) ?? NOTHING;
      if (first.length === samples || waiting.length === 0) return first;
      const out = new Int16Array(samples);
      out.set(first);
      let filled = first.length;
      while (filled < samples && waiting.length > 0) {
        const part = (waiting[0] as AudioSource).next(samples - filled);
        out.set(part, filled);
        filled += part.length;
        if (filled < samples) waiting.shift();
      }
      return filled === samples ? out : out.subarray(0, filled);
    },
  };
}

/** Joins buffers into one. */
export function concat(...parts: readonly Int16Array[]): Int16Array {
  const out = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Adds `addend` to the start of `target`, clipping where 16 bits are too few. */
export function mixInto(target: Int16Array, addend: Int16Array): void {
  const count = Math.min(target.length, addend.length);
  for (let i = 0; i < count; i++) {
    const sum = (target[i] as number) + (addend[i] as number);
    target[i] = Math.max(-32_768, Math.min(32_767, sum));
  }
}
