import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { sanitizeMessage } from '../../src/sip/sanitize-message.js';

const SipMessage = createRequire(import.meta.url)('drachtio-srf/lib/sip-parser/message') as new (
  text: string,
) => { status: number; body: string; headers: Record<string, string> };

const drachtio = '0f5b|sip|network|300|udp|127.0.0.1|5060|07:00:00.000000|txn|dialog|';

/** What drachtio-srf makes of a response with these header lines. */
function read(lines: readonly string[], body = '') {
  const sip = ['SIP/2.0 486 Busy: Here', ...lines, '', body].join('\r\n');
  const [, ...rest] = sanitizeMessage(`${drachtio}\r\n${sip}`).split('\r\n');
  return new SipMessage(rest.join('\r\n'));
}

describe('a message that drachtio passes on', () => {
  it.each([
    ['words without a colon', 'this is no header'],
    ['a colon after the second word', 'nor is: this'],
    ['an empty word', 'x'],
    ['control characters', '\u0001 \u0002'],
  ])('is read even with a stray line among its headers: %s', (_what, stray) => {
    const message = read([
      'Via: one',
      stray,
      stray,
      'X-Folded: first',
      ' second',
      '\tthird',
      stray,
      'X-Last: l',
    ]);
    expect(message.status).toBe(486);
    expect(message.headers).toMatchObject({
      via: 'one',
      'X-Folded': expect.stringContaining('third'),
      'X-Last': 'l',
    });
  });

  it('keeps its body unchanged', () => {
    const body = 'no header\r\n\r\nthis is none\r\n';
    expect(read([`Content-Length: ${body.length}`, 'stray'], body).body).toBe(body);
  });

  it.each([
    '',
    'pong',
    `${drachtio}\r\nSIP/2.0 200 OK`,
    `${drachtio}\r\nSIP/2.0 200 OK\r\nVia: x\r\n\r\nbody`,
  ])('is unchanged when it has no stray line: %j', (message) =>
    expect(sanitizeMessage(message)).toBe(message),
  );
});
