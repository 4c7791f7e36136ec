import type { CallJobInput, EndedRecord } from '@outdial/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    scripts: {
      // Nobody is there: what it hears comes back a quarter of a second later, at half the strength.
      echoes: async (call) => {
        const heard: Int16Array[] = Array.from({ length: 12 }, () => new Int16Array(160));
        await call.answer();
        const hearing = call.hear((pcm) => {
          heard.push(pcm.map((sample) => sample / 2));
          return false;
        });
        // It rejects when the call is over, and so does what is played.
        hearing.catch(() => undefined);
        for (;;) await call.play(heard.shift() ?? new Int16Array(160));
      },
    },
  });
});
afterAll(() => stack.close());

/** Bursts like syllables, which the detector would take for speech if it heard them. */
const HELLO = 'tone_stream://%(180,120,200,400,800,1600)';
const ASIDE = 'tone_stream://%(100,0,440)';
const PLAN: CallJobInput['onAnswered'] = {
  immediately: [{ step: 'play', source: HELLO, loop: 12 }],
  LIVE: [{ step: 'notify', name: 'person' }],
  ANSWER_MACHINE: [{ step: 'notify', name: 'machine' }],
  UNKNOWN: [{ step: 'notify', name: 'nobody' }],
};

async function ended(callTo: string, onAnswered = PLAN): Promise<EndedRecord> {
  const job = { callTo, onAnswered, liveSpeakerDetect: 'DEFAULT' } as const;
  const { id } = await stack.queue.add(job);
  return (await stack.event(id, 'ended')).ended;
}

const told = ({ steps }: EndedRecord) => steps.map(({ step, outcome }) => `${step} ${outcome}`);

it.concurrent('a person hears what is said at once to its end, and then the steps for a person', async () => {
  const record = await ended('sip:human@lab');
  expect(record.farEndType).toBe('LIVE');
  expect(told(record)).toEqual(['play finished', 'notify finished']);
  expect(record.steps[1]?.data).toMatchObject({ name: 'person' });
  // It began at the answer, and not with the verdict.
  const { answeredAt = 0, verdictAt = 0 } = record.timings;
  expect(record.steps[0]?.startedAt).toBeGreaterThanOrEqual(answeredAt);
  expect(record.steps[0]?.startedAt).toBeLessThan(verdictAt);
});

it.concurrent('a machine stops it, and gets the steps for a machine', async () => {
  const record = await ended('sip:voicemail@lab', {
    ...PLAN,
    immediately: [{ step: 'play', source: 'tone_stream://%(20000,0,440)' }],
  });
  expect(record.farEndType).toBe('ANSWER_MACHINE');
  expect(told(record)).toEqual(['play interrupted', 'notify finished']);
  expect(record.steps[1]?.data).toMatchObject({ name: 'machine' });
});

it.concurrent('what is said is not heard as the callee', async () => {
  const record = await ended('sip:mute@lab');
  expect(record.verdict).toMatchObject({ farEndType: 'UNKNOWN', kind: 'silence' });
  expect(record.steps.at(-1)?.data).toMatchObject({ name: 'nobody' });
});

// The same detector hears it on either maker's media; once is enough.
it.runIf(process.env.OUTDIAL_TEST_MEDIA === 'worker')(
  'an echo of it is heard as the callee: nothing tells it from a voice',
  async () => {
    const record = await ended('sip:echoes@lab');
    expect(record.verdict?.kind).not.toBe('silence');
    expect(record.steps[0]?.step).toBe('play');
  },
);

it.concurrent('what ends before the verdict is followed by its steps once it is known', async () => {
  const record = await ended('sip:human@lab', {
    ...PLAN,
    immediately: [{ step: 'play', source: ASIDE }],
  });
  expect(told(record)).toEqual(['play finished', 'notify finished']);
  expect(record.steps[1]?.startedAt).toBeGreaterThanOrEqual(record.timings.verdictAt ?? 0);
});
