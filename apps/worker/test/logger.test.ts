import { describe, expect, it } from 'vitest';
import { maskFields } from '../src/logger.js';

describe('a log line', () => {
  it('masks telephone numbers wherever they stand, and keeps what identifies the call', () => {
    expect(
      maskFields({
        jobId: 'job-441632960001',
        callTo: 'tel:+441632960001',
        nested: { list: ['sip:441632960001@gw'] },
        count: 441632960001,
      }),
    ).toEqual({
      jobId: 'job-441632960001',
      callTo: 'tel:+44*****0001',
      nested: { list: ['sip:44*****0001@gw'] },
      count: 441632960001,
    });
  });

  it('keeps the name, code and masked message of an error', () => {
    const error = Object.assign(new TypeError('cannot call +441632960001'), { code: 'E_CALL' });
    expect(maskFields({ err: error })).toMatchObject({
      err: { type: 'TypeError', code: 'E_CALL', message: 'cannot call +44*****0001' },
    });
  });
});
