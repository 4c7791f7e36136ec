import { describe, expect, it } from 'vitest';
import { OutdialError, parseCallJob } from '../src/index.js';

function refusalOf(fields: Record<string, unknown>): string {
  try {
    parseCallJob({ id: 'job-1', callTo: 'sip:human@lab', ...fields });
  } catch (error) {
    if (error instanceof OutdialError) return error.message;
    throw error;
  }
  throw new Error('the job was taken');
}

describe('what is wrong with a job', () => {
  it.each([
    [{ secondsTimeout: 'soon' }, 'secondsTimeout: must be a number, not text (got "soon")'],
    [{ secondsTimeout: 0 }, 'secondsTimeout: must be more than 0 (got 0)'],
    [{ maxDurationSeconds: 1e6 }, 'maxDurationSeconds: must be at most 86400 (got 1000000)'],
    [{ callTo: undefined }, 'callTo: is missing'],
    [{ liveSpeakerDetect: 'ON' }, 'liveSpeakerDetect: must be DEFAULT or'],
    [{ headers: [] }, 'headers: must be a mapping, not a list'],
    [{ secondTimeout: 5 }, 'has unknown fields: secondTimeout'],
    [{ trunk: '' }, 'trunk: is empty'],
  ])('%j is said in plain words', (fields, words) => {
    const message = refusalOf(fields);
    expect(message).toContain(words);
    expect(message).not.toMatch(/Invalid input|expected|received|Unrecognized|Too (?:big|small)/);
  });
});
