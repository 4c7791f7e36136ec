// Calls a number, waits up to 30 s for an answer, hangs up, and says how it went:
// node examples/call-a-number.mjs tel:+441632960001 +441632960999
import { Outdial } from '@outdial/client';

const [callTo = 'tel:+441632960001', callFrom = '+441632960999'] = process.argv.slice(2);
const outdial = new Outdial({ redis: process.env.OUTDIAL_REDIS_URL ?? 'redis://127.0.0.1:6379' });
try {
  const channel = outdial.channel();
  const state = await channel.call(callTo, { callFrom, secondsTimeout: 30, codecs: 'g711a;g711u' });
  if (state === 'ANSWERED') {
    await channel.hangUp();
    console.log(`answered, then hung up: ${channel.cause}`);
  } else {
    console.log(`not answered: ${channel.cause}`);
    if (state === 'ERROR') throw new Error(channel.details.error?.message);
  }
} finally {
  await outdial.close();
}
