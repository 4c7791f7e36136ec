import type { JobJson, JobsOptions } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { brokenFields, sanitizeRecord } from '../src/lanes/job-record.js';

function read(record: Partial<Record<keyof JobJson, unknown>>): JobJson {
  return sanitizeRecord({ name: 'call', data: '{}', opts: {}, ...record } as JobJson, 'the-id');
}
const options = (opts: Record<string, unknown>) => read({ opts }).opts as JobsOptions;

describe("a job's record, as far as Outdial relies on it", () => {
  it('is what a queue of ours wrote', () => {
    const backoff = { type: 'exponential', delay: 1000 };
    const keep = { age: 3600, count: 10 };
    const opts = { attempts: 5, backoff, removeOnComplete: keep, removeOnFail: keep };
    const record = {
      timestamp: 1000,
      attemptsMade: 1,
      attemptsStarted: 2,
      stalledCounter: 3,
      processedOn: 4,
    };
    expect(read({ ...record, opts })).toMatchObject({ ...record, opts, id: 'the-id', data: '{}' });
  });

  it('has the id that it is kept under, whatever it says itself', () => {
    expect(read({ id: 'another' }).id).toBe('the-id');
  });

  it('has nothing by which BullMQ would end it, repeat it or tie it to another', () => {
    const ties = {
      deferredFailure: 'x',
      repeatJobKey: 'x',
      parentKey: 'x',
      parent: {},
      deduplicationId: 'x',
    };
    for (const tie of Object.keys(ties)) expect(read(ties)).not.toHaveProperty(tie);
  });

  it.each([Number.NaN, -1, 1.5, 1e300, '5', undefined])('counts %s as nothing', (value) => {
    const before = Date.now();
    const { timestamp, ...read_ } = read({ timestamp: value, attemptsMade: value, stalledCounter: value });
    expect(timestamp).toBeGreaterThanOrEqual(before);
    expect(read_).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
  });

  it.each([
    [{ attempts: 1e9 }, { attempts: 100 }],
    [{ attempts: -1 }, { attempts: 1 }],
    [{ attempts: 'many' }, { attempts: 1 }],
    [{ backoff: { type: 'toString', delay: 1 } }, { backoff: { type: 'exponential', delay: 1000 } }],
    [{ backoff: { type: 'fixed', delay: -1 } }, { backoff: { type: 'exponential', delay: 1000 } }],
    [{ backoff: null }, { backoff: { type: 'exponential', delay: 1000 } }],
  ])('with options %j is tried as if they were %j', (given, expected) => {
    expect(options(given)).toMatchObject(expected);
  });

  it.each([{ count: 'x' }, { age: -1 }, { count: 1, limit: {} }, 'all', -1])(
    'is not kept as %j says',
    (keep) => {
      expect(options({ removeOnComplete: keep })).not.toHaveProperty('removeOnComplete');
    },
  );
});

describe('the fields that BullMQ stumbles over', () => {
  it('are none in a job of a queue', () => {
    const counts = { priority: '0', ats: '1', atm: '0', stc: '2' };
    const times = { timestamp: '1', delay: '0', processedOn: '2', finishedOn: '3' };
    const rest = { name: 'call', data: '{', opts: '{}', pb: 'w', failedReason: 'x', stacktrace: '[]' };
    expect(brokenFields({ ...counts, ...times, ...rest, returnvalue: 'null' })).toEqual([]);
  });

  it.each([
    ...['abc', 'nan', '-1', '1.5', '', '99999999999999999999'].map((value) => ['ats', value]),
    ...['null', '5', '{', ''].map((value) => ['opts', value]),
    ...['parent', 'parentKey', 'deid', 'rjk', 'defa', 'progress', 'id', '__proto__x'].map((name) => [
      name,
      '{}',
    ]),
  ])('are found: %s = %j', (field = '', value = '') => {
    expect(brokenFields({ data: '{}', [field]: value })).toEqual([field]);
  });
});
