import { describe, expect, it } from 'vitest';
import { isHold } from '../../src/sdp/hold.js';

describe('hold', () => {
  const sdp = (...lines: string[]) => ['v=0', 'm=audio 4000 RTP/AVP 0', ...lines, ''].join('\r\n');

  it.each([['a=sendonly'], ['a=inactive'], ['c=IN IP4 0.0.0.0']])('is %s', (line) => {
    expect(isHold(sdp(line))).toBe(true);
  });

  it.each([['a=sendrecv'], ['a=recvonly'], ['a=ptime:20']])('is not %s', (line) => {
    expect(isHold(sdp(line))).toBe(false);
    expect(isHold(undefined)).toBe(false);
  });
});
