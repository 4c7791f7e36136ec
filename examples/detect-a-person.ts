import { CallChannel, CallEvents, CallQueue } from '@outdial/client';

/** Calls, and finds out whether a person, an answering machine or a fax has answered. */
export async function detectAPerson(redis: string, callTo: string): Promise<string> {
  const queue = new CallQueue({ redis });
  const events = new CallEvents({ redis });
  const channel = new CallChannel({ queue, events });
  try {
    const state = await channel.call(callTo, { liveSpeakerDetect: 'DEFAULT', lsdTimeoutMilliseconds: 5000 });
    if (state !== 'ANSWERED') return `not answered: ${channel.cause}`;

    const { farEndType } = channel.details;
    if (farEndType === 'LIVE') {
      // Connect the agent, play the survey, ...
    }
    await channel.hangUp();
    await channel.waitForIdle();
    return `answered by ${farEndType}`;
  } finally {
    await events.close();
    await queue.close();
  }
}
