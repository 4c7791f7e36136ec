import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fromPcm } from '../../src/media/audio-source.js';
import { tone } from '../../src/media/tones.js';
import { readWav } from '../../src/media/wav.js';
import { shareOf } from '../media/spectrum.js';
import { createEndpoint, startPeer, startTestServers } from './test-client.js';

test('recordSession records both directions into one file, until it is stopped', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'outdial-lab-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { ms } = await startTestServers();
  const peer = await startPeer();
  const endpoint = await createEndpoint(ms);
  await endpoint.modify(peer.sdp);
  peer.sendTo(endpoint);
  const path = join(directory, 'calls', 'one.wav');
  await endpoint.recordSession(path);
  const spoken = peer.session.play(fromPcm(tone([1300], 600)));
  await Promise.all([spoken, endpoint.play('tone_stream://%(600,0,440)')]);
  await endpoint.execute('stop_record_session', path);
  const recorded = await readWav(path);
  expect(recorded.length).toBeGreaterThanOrEqual(600 * 8);
  expect(shareOf(440, recorded)).toBeGreaterThan(0.1);
  expect(shareOf(1300, recorded)).toBeGreaterThan(0.1);
});

test('a recording is complete once its call has been hung up', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'outdial-lab-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { freeSwitch, ms } = await startTestServers({ soundsDirectory: directory });
  const peer = await startPeer();
  const endpoint = await createEndpoint(ms);
  await endpoint.modify(peer.sdp);
  await endpoint.recordSession('two.wav');
  await endpoint.play('tone_stream://%(300,0,440)');
  await endpoint.destroy();
  await expect.poll(() => freeSwitch.channels()).toEqual([]);
  expect(shareOf(440, await readWav(join(directory, 'two.wav')))).toBeGreaterThan(0.3);
});
