import { UNHEARD_EARLY_MEDIA } from '@outdial/contract';
import { expect, test } from 'vitest';
import { noDetails, withProgress } from '../src/channel/call-details.js';

const common = { jobId: 'job-1', callId: 'call-1', workerId: 'w1' };

test('a channel’s details tell of early media, also once it has stopped', () => {
  const ringing = { ...common, type: 'ringing', sipStatus: 183, earlyMedia: true, at: 1000 } as const;
  const details = withProgress(noDetails('job-1'), ringing);
  expect(details).toMatchObject({
    callId: 'call-1',
    rang: true,
    earlyMedia: UNHEARD_EARLY_MEDIA,
    timings: { ringingAt: 1000 },
  });
  const after180 = withProgress(details, { ...ringing, sipStatus: 180, earlyMedia: false });
  expect(after180.earlyMedia).toEqual(UNHEARD_EARLY_MEDIA);
  const tone = { kind: 'busy', atMs: 3300, frequencies: [425] } as const;
  const heard = withProgress(after180, { ...common, type: 'networkTone', ...tone, at: 2000 });
  expect(heard.earlyMedia?.tones).toEqual([tone]);
});
