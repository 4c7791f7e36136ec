import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  callCommandSchemaFor,
  callFromSchemaFor,
  callToSchemaFor,
  type PlanStepInput,
  parseCallerId,
  parseCallJob,
  parsePhoneNumber,
} from '../src/index.js';
import { DIALLED, REFUSED } from './number-spellings.js';

const dialled = DIALLED.flatMap(({ spellings, ...rest }) => spellings.map((text) => ({ text, ...rest })));
const refused = REFUSED.flatMap(({ spellings, ...rest }) => spellings.map((text) => ({ text, ...rest })));

describe('callTo', () => {
  it.each(dialled)('$text (country $country) dials $dialled', ({ text, country, dialled: normal }) => {
    expect(callToSchemaFor({ defaultCountry: country }).parse(text)).toBe(normal);
    // What is stored is read again by the worker, which knows no default country.
    expect(callToSchemaFor().parse(normal)).toBe(normal);
  });

  it.each(refused)('$text (country $country) is refused, because: $because', ({ text, country, because }) => {
    const parsed = callToSchemaFor({ defaultCountry: country }).safeParse(text);
    expect(parsed.data).toBeUndefined();
    expect(parsed.error?.issues[0]?.message).toContain(because);
  });

  it('is tried with 200 spellings at least', () => {
    expect(dialled.length + refused.length).toBeGreaterThanOrEqual(200);
  });

  it('has a normal form that reads as itself, whatever the text', () => {
    const text = fc.stringMatching(/^[+(]?[\d\-. ()]{0,24}(?:;ext=\d{1,4})?$/);
    fc.assert(
      fc.property(text, fc.constantFrom(undefined, 'GB', 'US', 'IT', 'DE'), (spelling, defaultCountry) => {
        const found = parsePhoneNumber(spelling, { defaultCountry });
        if ('problem' in found) return;
        expect(found.number).toMatch(/^\+?\d{2,20}$/);
        expect(parsePhoneNumber(`${found.number}${found.parameters}`)).toEqual(found);
      }),
    );
  });
});

describe('callFrom', () => {
  it.each([
    ['+441632960999', '+441632960999'],
    ['+44 (0)1632 960999', '+441632960999'],
    ['tel:+44-1632-960999', '+441632960999'],
    ['441632960999', '441632960999'],
    ['44-1632-960999', '441632960999'],
    ['100', '100'],
    ['1', '1'],
    ['bob', 'bob'],
    ['bob.smith', 'bob.smith'],
    ['bob@example.com', 'bob@example.com'],
    ['bob@1234.example', 'bob@1234.example'],
    ['bob@192.0.2.7', 'bob@192.0.2.7'],
    ['bob@[2001:db8::1]', 'bob@[2001:db8::1]'],
  ])('%s is %s', (text, normal) => {
    expect(callFromSchemaFor().parse(text)).toBe(normal);
    expect(callFromSchemaFor().parse(normal)).toBe(normal);
  });

  it.each([
    'bob@a..b',
    'bob@',
    'bob@-a',
    'bob@a@b',
    'bob@a:5060',
    'bob@a;x=1',
    'b ob',
    '',
    'tel:+441632960999;ext=1',
    '441632960999.0',
    '+441632960999 (2)',
    '123456789012345678901',
  ])('%j is refused', (text) => {
    expect(callFromSchemaFor().safeParse(text).success).toBe(false);
  });

  it('is read with the default country as a destination is', () => {
    expect(parseCallerId('(01632) 960999', { defaultCountry: 'GB' })).toBe('+441632960999');
  });
});

describe('whom a step dials', () => {
  const steps: PlanStepInput[] = [
    {
      step: 'bridge',
      to: ['01632 960301', 'sip:reception@pbx.example'],
      callFrom: '(01632) 960999',
      branches: { unanswered: [{ step: 'transfer', to: '01632 960302' }] },
    },
  ];
  const taken = [
    {
      to: ['tel:+441632960301', 'sip:reception@pbx.example'],
      callFrom: '+441632960999',
      branches: { unanswered: [{ to: 'tel:+441632960302' }] },
    },
  ];
  const job = { id: 'job-1', callTo: '01632 960001', callFrom: '01632 960999' };
  const command = { type: 'runSteps', jobId: 'job-1', commandId: 'command-1', steps };

  it('is read with the default country as the callee is, in every plan and command', () => {
    const parsed = parseCallJob(
      { ...job, onAnswered: { LIVE: steps, immediately: steps }, onOrphaned: steps },
      { defaultCountry: 'GB' },
    );
    const { LIVE, immediately } = parsed.onAnswered;
    for (const plan of [LIVE, immediately, parsed.onOrphaned]) expect(plan).toMatchObject(taken);
    const read = callCommandSchemaFor({ defaultCountry: 'GB' }).parse(command);
    expect(read).toMatchObject({ steps: taken });
    // A worker has none, and needs none.
    expect(callCommandSchemaFor().parse(read)).toEqual(read);
    expect(parseCallJob(parsed)).toEqual(parsed);
  });

  it('is refused in national form without one', () => {
    expect(callCommandSchemaFor().safeParse(command).success).toBe(false);
    const asked = { ...job, callTo: 'sip:a@b', callFrom: 'bob', onAnswered: { LIVE: steps } };
    expect(() => parseCallJob(asked)).toThrow(/onAnswered\.LIVE\.0\.to/);
  });
});
