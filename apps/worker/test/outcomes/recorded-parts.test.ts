import { expect, test } from 'vitest';
import { type Parts, RecordedParts } from '../../src/outcomes/recorded-parts.js';

const leg = { callId: 'one', drachtio: '127.0.0.1:9022' };
const recording = {
  name: 'call',
  path: '/call.wav',
  workerId: 'worker',
  durationMs: null,
  isComplete: false,
  error: null,
};

test('of a call that is as it was claimed nothing is written', () => {
  const { parts } = partsOf({ legs: [leg] }).changed();
  expect(parts).toEqual({});
});

test('what has changed is written until it is recorded', () => {
  const now: Parts = { legs: [leg], recordings: [], legReports: [] };
  const recordedParts = new RecordedParts(() => now);
  now.legs = [{ ...leg, trunk: 'b' }];
  now.recordings = [recording];
  expect(recordedParts.changed().parts).toEqual({ legs: now.legs, recordings: [recording] });
  const { parts, recorded } = recordedParts.changed();
  expect(parts).toEqual({ legs: now.legs, recordings: [recording] });
  recorded();
  expect(recordedParts.changed().parts).toEqual({});
});

test('what changes while it is written is written next', () => {
  const now: Parts = { legs: [leg], recordings: [], legReports: [] };
  const recordedParts = new RecordedParts(() => now);
  now.recordings = [recording];
  const { recorded } = recordedParts.changed();
  now.recordings = [{ ...recording, isComplete: true, durationMs: 1000 }];
  recorded();
  expect(recordedParts.changed().parts).toEqual({ recordings: now.recordings });
});

test('all is written once it is not known what the ledger has', () => {
  const recordedParts = partsOf({ legs: [leg], recordings: [recording] });
  recordedParts.changed().recorded();
  recordedParts.forget();
  expect(recordedParts.changed().parts).toEqual({ legs: [leg], recordings: [recording], legReports: [] });
});

function partsOf(parts: Partial<Parts>): RecordedParts {
  return new RecordedParts(() => ({ legs: [], recordings: [], legReports: [], ...parts }));
}
