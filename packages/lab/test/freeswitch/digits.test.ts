import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type Mrf from 'drachtio-fsmrf';
import { describe, expect, onTestFinished, test } from 'vitest';
import { allocateRtp, RTP_HEADER_BYTES } from '../../src/media/rtp-packet.js';
import { createEndpoint, startPeer, startTestServers } from './test-client.js';

const TELEPHONE_EVENT = 101;

async function startCall(): Promise<{ endpoint: Mrf.Endpoint; press(digits: string): void }> {
  const { ms } = await startTestServers();
  const peer = await startPeer();
  const endpoint = await createEndpoint(ms);
  await endpoint.modify(peer.sdp);
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  let sequence = 0;
  let timestamp = 1000;
  const send = (event: number, isEnd: boolean) => {
    const header = { payloadType: TELEPHONE_EVENT, marker: false, sequence: ++sequence, timestamp, ssrc: 7 };
    const packet = allocateRtp(header, 4);
    packet.set([event, isEnd ? 0x8a : 0x0a, 0, 160], RTP_HEADER_BYTES);
    socket.send(packet, Number(endpoint.local.mediaPort), endpoint.local.mediaIp);
  };
  const press = (digits: string) => {
    for (const digit of digits) {
      timestamp += 800;
      // RFC 4733: the last packet is sent three times.
      for (const isEnd of [false, true, true, true]) send('0123456789*#ABCD'.indexOf(digit), isEnd);
    }
  };
  return { endpoint, press };
}

/** Resolves once FreeSWITCH plays: digits before that would be flushed. */
function playing(endpoint: Mrf.Endpoint): Promise<unknown> {
  return new Promise((resolve) => endpoint.conn.on('esl::event::PLAYBACK_START::*', resolve));
}

describe('playCollect', () => {
  test('stops playing at the first digit, and ends at the terminator', async () => {
    const { endpoint, press } = await startCall();
    const started = playing(endpoint);
    const collected = endpoint.playCollect({ file: 'tone_stream://%(60000,0,440)', timeout: 30_000 });
    await started;
    press('12#');
    expect(await collected).toMatchObject({ digits: '12', terminatorUsed: '#' });
  });

  test('ends at the most digits without a terminator', async () => {
    const { endpoint, press } = await startCall();
    const started = playing(endpoint);
    const collected = endpoint.playCollect({ file: 'silence_stream://60000', max: 3, timeout: 30_000 });
    await started;
    press('*07');
    expect(await collected).toMatchObject({ invalidDigits: '*07' });
  });

  test('asks again after digits that do not match, and gives up after the last try', async () => {
    const { endpoint, press } = await startCall();
    let plays = 0;
    endpoint.conn.on('esl::event::PLAYBACK_START::*', () => {
      plays += 1;
      // The prompt of the first try, its `invalidFile`, the prompt of the second.
      if (plays === 1 || plays === 3) press('9#');
    });
    const options = { file: 'silence_stream://60000', tries: 2, regexp: '[1-3]', timeout: 30_000 };
    const { digits, invalidDigits } = await endpoint.playCollect({
      ...options,
      invalidFile: 'silence_stream://20',
    });
    expect(digits ?? null).toBeNull();
    expect(invalidDigits).toBe('9');
    expect(plays).toBe(4);
  });

  test('gives up when no digit comes in time', async () => {
    const { endpoint } = await startCall();
    const { digits } = await endpoint.playCollect({ file: 'silence_stream://40', min: 1, timeout: 40 });
    expect(digits ?? null).toBeNull();
  });
});
