import { expect, test } from 'vitest';
import { frameClock } from '../../src/media/frame-clock.js';
import { createEndpoint, startPeer, startTestServers } from './test-client.js';

/** Resolves after so many periods of 20 ms of the clock that would pace the packets. */
function frames(count: number): Promise<void> {
  let seen = 0;
  return new Promise((resolve) => {
    const stop = frameClock.start(() => {
      if (++seen < count) return;
      stop();
      resolve();
    });
  });
}

test('with rtp-timer none, a far end that sends nothing is played hardly anything, and playing does not end', async () => {
  const { ms } = await startTestServers({ rtpTimer: 'none' });
  const peer = await startPeer();
  const endpoint = await createEndpoint(ms);
  await endpoint.modify(peer.sdp);
  let hasEnded = false;
  const played = endpoint.play('tone_stream://%(300,0,440)').finally(() => {
    hasEnded = true;
  });
  await frames(50);
  expect(hasEnded).toBe(false);
  expect(peer.heard().length).toBeLessThan(7 * 160);
  // What the far end sends paces what it is played.
  peer.sendTo(endpoint);
  void peer.session.play({ next: (samples) => new Int16Array(samples) });
  await played;
  expect(peer.heard().length).toBeGreaterThan(200 * 8);
});
