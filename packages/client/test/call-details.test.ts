import { expect, test } from 'vitest';
import { noDetails, withProgress } from '../src/call-details.js';

const common = { jobId: 'job-1', callId: 'call-1', workerId: 'w1' };

test('a channel’s details tell of early media, also once it has stopped', () => {
  const ringing = { ...common, type: 'ringing', sipStatus: 183, earlyMedia: true, at: 1000 } as const;
  const details = withProgress(noDetails('job-1'), ringing);
  expect(details).toMatchObject({
    callId: 'call-1',
    rang: true,
    earlyMedia: true,
    timings: { ringingAt: 1000 },
  });
  expect(withProgress(details, { ...ringing, sipStatus: 180, earlyMedia: false }).earlyMedia).toBe(true);
});
