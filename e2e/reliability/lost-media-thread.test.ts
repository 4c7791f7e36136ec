import { tmpdir } from 'node:os';
import { parseWorkerConfiguration, startWorker } from '@outdial/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jobTo, UNTIL_ENDED } from '../support/legs.js';
import { Stack, untilReady } from '../support/stack.js';

let stack: Stack;
let drain: () => Promise<boolean>;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  const { drachtio, routes } = stack.configuration().telephony;
  const configuration = stack.configuration({
    telephony: {
      drachtio,
      freeswitch: [],
      ...(routes && { routes }),
      media: 'worker',
      rtp: { threads: 2 },
      sounds: { directory: tmpdir() },
    },
  });
  const worker = await startWorker(parseWorkerConfiguration(configuration), {
    mediaThread: new URL('./mortal-media-thread.mjs', import.meta.url),
  });
  drain = () => worker.drain();
  await untilReady(worker.healthPort);
});
afterAll(async () => {
  await drain();
  await stack.close();
});

it.each(['die', 'hang'])(
  'a media thread that %ss ends its calls as MEDIA_LOST; other calls go on, and the next is placed',
  async (how) => {
    const [other, victim] = [`other-${how}`, `victim-${how}`];
    await stack.call(jobTo('patient', other, UNTIL_ENDED));
    await stack.call(
      jobTo('patient', victim, {
        onAnswered: { otherwise: [{ step: 'play', source: `${tmpdir()}/${how}.wav` }] },
      }),
    );
    const { ended } = await stack.event(victim, 'ended');
    expect(ended).toMatchObject({ endedBy: 'MEDIA_LOST', error: { code: 'MEDIA_LOST' } });
    expect(await stack.call(jobTo('human', `next-${how}`, { liveSpeakerDetect: 'DEFAULT' }))).toMatchObject({
      state: 'ANSWERED',
      farEndType: 'LIVE',
    });
    await stack.queue.cancel(other);
    expect((await stack.event(other, 'ended')).ended).toMatchObject({ endedBy: 'CANCELLED' });
  },
);
