import { describe, expect, it } from 'vitest';
import { DigitMerger, type DigitWay } from '../../src/leg/digit-merger.js';
import { digitOfInfo } from '../../src/sip/info-digit.js';

/** What is taken of keys that come as `[digit, way, at]`. */
function taken(...told: Array<[string, DigitWay, number]>): string {
  let digits = '';
  const merger = new DigitMerger((digit) => {
    digits += digit;
  });
  for (const [digit, way, at] of told) merger.take(digit, way, at);
  return digits;
}

describe('a key that is told by event and by INFO', () => {
  it('counts once, whichever comes first', () => {
    expect(taken(['1', 'media', 0], ['1', 'info', 200], ['2', 'info', 500], ['2', 'media', 510])).toBe('12');
  });

  it('counts once a press, also when it is pressed again before it was told twice', () => {
    expect(taken(['1', 'media', 0], ['1', 'media', 150], ['1', 'info', 200], ['1', 'info', 300])).toBe('11');
  });
});

it('a key that is pressed again later, or told by one way alone, counts again', () => {
  expect(taken(['1', 'info', 0], ['1', 'info', 100])).toBe('11');
  expect(taken(['1', 'media', 0], ['1', 'info', 4000])).toBe('11');
});

describe('an INFO', () => {
  it.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', '5'],
    ['Application/DTMF-Relay; charset=utf-8', 'Duration=100\nSignal= *\n', '*'],
    ['application/dtmf-relay', 'Signal=11\r\n', '#'],
    ['application/dtmf', 'd', 'D'],
  ])('of %s %j tells %s', (type, body, digit) => {
    expect(digitOfInfo(type, body)).toBe(digit);
  });

  it.each([
    ['application/dtmf-relay', 'Signal=16\r\n'],
    ['application/dtmf', '12'],
    ['application/dtmf', undefined],
    ['application/media_control+xml', '5'],
    [undefined, '5'],
  ])('of %s %j tells no key', (type, body) => {
    expect(digitOfInfo(type, body)).toBeNull();
  });
});
