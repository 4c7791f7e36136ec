import { FRAME_MS } from '../../media/frame-clock.js';
import type { Channel } from './channel.js';

/** What ended a park: another command moved the channel on, the event socket that controlled it was closed, or it was hung up. */
export type ParkEnd = 'movedOn' | 'released' | 'hungUp';

/**
 * `switch_ivr_park`: the channel stays until `stay` aborts or `controlled` settles. One that no event socket controls (null) stays for
 * good, until it is hung up.
 */
export async function park(
  channel: Channel,
  stay: AbortSignal,
  controlled: Promise<void> | null,
): Promise<ParkEnd> {
  channel.stay.arrive();
  channel.fire('CHANNEL_PARK');
  const ending = Promise.race([aborted(stay), aborted(channel.down)]);
  await (controlled === null ? ending : Promise.race([ending, controlled]));
  if (channel.isDown) return 'hungUp';
  channel.fire('CHANNEL_UNPARK');
  return stay.aborted ? 'movedOn' : 'released';
}

/** `switch_ivr_park_session`: puts the channel into CS_PARK, whatever it does. No event socket controls it there. */
export async function parkSession(channel: Channel): Promise<void> {
  const stay = channel.moveOn();
  await hasArrived(channel);
  if (stay.aborted || channel.isDown) return;
  channel.changeState('CS_PARK');
  await park(channel, stay, null);
}

/** Resolves when a channel that was moved on has noticed that: with its next frame, and once its applications have ended. */
export async function hasArrived(channel: Channel): Promise<void> {
  await Promise.all([channel.pause(FRAME_MS), channel.settle()]);
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
