import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Hearing } from '../../src/session/hearing.js';
import type { HeardVerdict } from '../../src/session/words.js';

describe('a thread that is late', () => {
  it('hears what waits in its sockets before it judges by the clock', async () => {
    const verdicts: HeardVerdict[] = [];
    const hearing = new Hearing((name, ...values) => {
      if (name === 'verdict') verdicts.push(values[0] as HeardVerdict);
    });
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    let at = 0;
    const heard = new Promise<void>((resolve) => {
      socket.on('message', () => {
        hearing.audio(new Int16Array(160), at);
        at += 160;
        if (verdicts.length > 0) resolve();
      });
    });
    hearing.answered(0);
    hearing.listen({ timeoutMilliseconds: 1000 });
    const { port } = socket.address();
    const sent = Array.from(
      { length: 60 },
      () => new Promise((resolve) => socket.send('frame', port, '127.0.0.1', resolve)),
    );
    // The thread computes past the limit; the packets are there, but unread.
    for (const until = performance.now() + 1600; performance.now() < until; );
    await Promise.all([heard, ...sent]);
    expect(verdicts[0]?.verdict.decidedAfterMs).toBe(1000);
    hearing.close();
    socket.close();
  });

  it('judges by the clock when nothing waits', async () => {
    const verdict = new Promise<HeardVerdict>((resolve) => {
      const hearing = new Hearing((name, ...values) => {
        if (name === 'verdict') resolve(values[0] as HeardVerdict);
      });
      hearing.answered(0);
      hearing.listen({ timeoutMilliseconds: 500 });
      hearing.audio(new Int16Array(800), 0);
    });
    expect((await verdict).verdict).toMatchObject({ farEndType: 'UNKNOWN', decidedAfterMs: 100 });
  });
});
