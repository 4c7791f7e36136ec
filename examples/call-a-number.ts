import { CallChannel, CallEvents, CallQueue } from '@outdial/client';

/** Calls a number, waits up to 30 s for an answer, and says how it went. */
export async function callANumber(redis: string, callTo: string, callFrom: string): Promise<string> {
  const queue = new CallQueue({ redis });
  const events = new CallEvents({ redis });
  const channel = new CallChannel({ queue, events });
  try {
    const state = await channel.call(callTo, { callFrom, secondsTimeout: 30, codecs: 'g711a;g711u' });
    if (state !== 'ANSWERED') return `not answered: ${channel.cause}`;

    await channel.hangUp();
    return `answered, then hung up: ${channel.cause}`;
  } finally {
    await events.close();
    await queue.close();
  }
}
