import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { MediaEngine, MediaError } from '@outdial/media';
import { tone } from '@outdial/testkit/sounds';
import { describe, expect, it } from 'vitest';
import { PortPool } from '../../src/rtp/port-pool.js';
import { FarEnd, until } from '../far-end.js';
import { connect, hangUp, portsOf, startEngine } from './stack.js';

async function bind(port: number) {
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** So many ports in a row that nobody has, from an even one on. */
async function freePorts(count: number): Promise<{ min: number; max: number }> {
  for (let min = 24_000; ; min += count) {
    const binding = await Promise.allSettled(Array.from({ length: count }, (_, n) => bind(min + n)));
    for (const bound of binding) if (bound.status === 'fulfilled') bound.value.close();
    if (binding.every(({ status }) => status === 'fulfilled')) return { min, max: min + count - 1 };
  }
}

const engine = await startEngine({
  ports: portsOf(2),
  threads: 2,
  hangLimitMs: 600,
  threadEntry: new URL('./hanging-thread.mjs', import.meta.url),
});

describe('media threads', () => {
  it('share the sessions', async () => {
    const calls = await Promise.all(Array.from({ length: 6 }, () => connect(engine)));
    expect(engine.load().map(({ sessions }) => sessions)).toEqual([3, 3]);
    await Promise.all(calls.map(hangUp));
    expect(engine.load().map(({ sessions }) => sessions)).toEqual([0, 0]);
  });

  it.each(['die', 'hang'])('that %s lose their own sessions, and are replaced', async (how) => {
    const [victim, other, third] = [await connect(engine), await connect(engine), await connect(engine)];
    const lost = Promise.all([once(victim.session, 'lost'), once(third.session, 'lost')]);
    const threadLost = once(engine, 'threadLost');
    const waiting = victim.session.waitForAnswerMachine({ secondsTimeout: null });
    const played = victim.session.play(how);
    const [[failure]] = await lost;
    expect(failure.code).toBe('MEDIA_LOST');
    expect((await threadLost)[0]).toEqual(failure);
    expect(await played).toMatchObject({ outcome: 'failed', error: { code: 'MEDIA_LOST' } });
    expect(await waiting).toBeNull();
    expect(victim.session.isLost).toBe(true);
    await expect(victim.session.answered()).rejects.toMatchObject({ code: 'MEDIA_LOST' });
    expect((await victim.session.close()).packetsReceived).toBe(0);
    await other.far.speak(tone(100, 400), other.received);
    expect(await other.session.quality()).toMatchObject({ heardMs: 100, packetsLost: 0 });
    await until(() => engine.load().length === 2);
    const next = await connect(engine);
    await next.far.speak(tone(100, 400), next.received);
    for (const call of [other, next]) await hangUp(call);
    for (const call of [victim, third]) call.far.close();
  });
});

describe('MediaEngine', () => {
  it('serves the next call with the sockets of one of which nothing was made', async () => {
    const small = await startEngine({ ports: await freePorts(2) });
    const unused = await small.open();
    await unused.close();
    const call = await connect(small);
    expect(call.session.local.port).toBe(unused.local.port);
    await call.far.speak(tone(100, 400), call.received);
    expect(await call.session.close()).toMatchObject({ heardMs: 100, packetsReceived: 5 });
    call.far.close();
  });

  it('closes the sockets of one to which a packet came, so that the next call does not hear it', async () => {
    const small = await startEngine({ ports: await freePorts(4) });
    const unused = await small.open();
    const stranger = (await FarEnd.open()).sendTo(unused.local);
    const came = once(unused, 'early');
    stranger.send(stranger.next(new Uint8Array(160)));
    await came;
    await unused.close();
    const next = await small.open();
    expect(next.local.port).not.toBe(unused.local.port);
    await next.close();
    stranger.close();
  });

  it('passes over ports that others have, and says when none is left', async () => {
    const ports = await freePorts(6);
    const small = await startEngine({ ports });
    const socket = await bind(ports.min + 2);
    const sessions = [await small.open(), await small.open()];
    expect(sessions.map(({ local }) => local.port)).toEqual([ports.min, ports.min + 4]);
    await expect(small.open()).rejects.toMatchObject({ code: 'PORTS_EXHAUSTED' });
    await sessions[0]?.close();
    socket.close();
    expect((await small.open()).local).toEqual({
      address: '127.0.0.1',
      port: expect.any(Number),
      rtcpPort: expect.any(Number),
    });
  });

  it.each([
    { listenHost: 'localhost' },
    { listenHost: '0.0.0.0' },
    { threads: 0 },
    { ports: { min: 20_001, max: 20_002 } },
    { ports: { min: 10, max: 20 } },
    { hangLimitMs: 1 },
  ])('refuses %o', (options) => {
    expect(() => new MediaEngine({ listenHost: '127.0.0.1', ...options })).toThrow(MediaError);
  });

  it('refuses sessions on an address that is not of this machine, and when it is not up', async () => {
    await expect(engine.open({ listenHost: '203.0.113.77' })).rejects.toMatchObject({
      code: 'ADDRESS_UNUSABLE',
    });
    const closed = new MediaEngine({ listenHost: '127.0.0.1' });
    await expect(closed.open()).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
    const failing = new MediaEngine({ listenHost: '127.0.0.1', threadEntry: new URL('file:///none.mjs') });
    await expect(failing.start()).rejects.toMatchObject({ code: 'MEDIA_LOST' });
  });
});

describe('PortPool', () => {
  it('uses a port again only after all others', () => {
    const pool = new PortPool({ min: 20_001, max: 20_009 });
    const first = pool.take() as number;
    pool.giveBack(first);
    expect([pool.take(), pool.take(), pool.take(), pool.take(), pool.take()]).toEqual([
      20_004,
      20_006,
      20_008,
      20_002,
      null,
    ]);
  });
});
