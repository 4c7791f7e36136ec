// Calls, and finds out whether a person, an answering machine or a fax answers:
// node examples/detect-a-person.mjs sip:human@lab
import { Outdial } from '@outdial/client';

const [callTo = 'sip:human@lab'] = process.argv.slice(2);
const outdial = new Outdial({ redis: process.env.OUTDIAL_REDIS_URL ?? 'redis://127.0.0.1:6379' });
try {
  const channel = outdial.channel();
  const state = await channel.call(callTo, {
    liveSpeakerDetect: 'DEFAULT',
    lsdTimeoutMilliseconds: 5000,
  });
  if (state === 'ANSWERED') {
    // For LIVE: connect an agent, play a survey, ...
    console.log(`answered by ${channel.details.farEndType}`);
    await channel.hangUp();
  } else {
    console.log(`not answered: ${channel.cause}`);
    if (state === 'ERROR') throw new Error(channel.details.error?.message);
  }
} finally {
  await outdial.close();
}
