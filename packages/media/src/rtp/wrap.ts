/** Arithmetic of counters that wrap (RFC 3550 section 5.1: sequence numbers of 16 bits, timestamps of 32). */

/** How far `to` is ahead of `from`, -32768 to 32767. */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** How far `to` is ahead of `from` in samples, -2^31 to 2^31 - 1. */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0;
}

/** The next sequence number. */
export function nextSequence(sequence: number): number {
  return (sequence + 1) & 0xffff;
}

/** A timestamp moved on (or back) by samples. */
export function moveTimestamp(timestamp: number, samples: number): number {
  return (timestamp + samples) >>> 0;
}
