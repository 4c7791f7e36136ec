import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { callToSchemaFor, formatSipUri, maskNumbers, parseDestination, parseSipUri } from '../src/index.js';

const callToSchema = callToSchemaFor();

describe('callTo', () => {
  it.each([
    ['tel:+441632960001', 'tel:+441632960001'],
    ['TEL:441632960001', 'tel:441632960001'],
    ['441632960001', 'tel:441632960001'],
    ['44-1632-960-001', 'tel:441632960001'],
    ['+44-1632-960001', 'tel:+441632960001'],
    ['tel:+44 (1632) 960.001', 'tel:+441632960001'],
    ['sip:human@lab', 'sip:human@lab'],
    ['SIP:human@lab', 'sip:human@lab'],
    ['human@lab', 'sip:human@lab'],
    ['sip:+441632960001@gw.example.com;user=phone', 'sip:+441632960001@gw.example.com;user=phone'],
    [
      'sip:1;phone-context=example.com@host:5070;transport=tcp',
      'sip:1;phone-context=example.com@host:5070;transport=tcp',
    ],
    ['sips:a%20b@[2001:db8::1]:5061;lr?Subject=x', 'sips:a%20b@[2001:db8::1]:5061;lr?Subject=x'],
    ['sip:192.0.2.7', 'sip:192.0.2.7'],
  ])('reads %s as %s', (text, normal) => {
    expect(callToSchema.parse(text)).toBe(normal);
    expect(callToSchema.parse(normal)).toBe(normal);
  });

  it.each([
    ['', 'empty'],
    ['tel:', '2 to 20 digits'],
    ['tel:hello', 'is no digit'],
    ['tel:123456789012345678901', '2 to 20 digits'],
    ['44--1632', 'host is not valid'],
    ['sip:', 'host is not valid'],
    ['sip:a b@host', 'user part is not valid'],
    ['sip:a@host:99999', 'port is not between'],
    ['sip:a@-host', 'host is not valid'],
    ['sip:a@192.0.2.300', 'host is not valid'],
    ['sip:a@host;x=\r\nVia: y', 'parameter'],
    ['sip:a@host?x\r\ny', 'headers are not valid'],
    ['sip:a@host@other', 'host is not valid'],
    ['http://example.com', 'host is not valid'],
  ])('refuses %j because its %s', (text, problem) => {
    const parsed = callToSchema.safeParse(text);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]?.message).toContain(problem);
  });

  it('takes a digits-only destination for a telephone number, never for a host', () => {
    expect(parseDestination('100')).toEqual({ kind: 'tel', number: '100', parameters: '' });
  });
});

describe('a SIP URI', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9]{1,12}$/);
  const uri = fc.record({
    user: fc.option(name),
    host: fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,11}$/),
    port: fc.option(fc.integer({ min: 1, max: 65_535 })),
    params: fc.array(fc.tuple(name, fc.option(name)), { maxLength: 4 }),
    headers: fc.option(name),
  });

  it('survives being written and read', () => {
    fc.assert(
      fc.property(uri, (parts) => {
        const whole = { scheme: 'sip' as const, ...parts };
        expect(parseSipUri(formatSipUri(whole))).toEqual(whole);
      }),
    );
  });

  it('never lets a line break or white space through, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const parsed = parseSipUri(`sip:${text}`);
        if (!('problem' in parsed)) expect(formatSipUri(parsed)).not.toMatch(/\s/);
      }),
    );
  });
});

describe('maskNumbers', () => {
  it('hides the middle of every number and leaves words alone', () => {
    expect(maskNumbers('tel:+441632963800')).toBe('tel:+44*****3800');
    expect(maskNumbers('sip:441632960001@gw;user=phone')).toBe('sip:44*****0001@gw;user=phone');
    expect(maskNumbers('sip:human@lab')).toBe('sip:human@lab');
    expect(maskNumbers('9600001, 441632960')).toBe('*****01, *****60');
  });
});
