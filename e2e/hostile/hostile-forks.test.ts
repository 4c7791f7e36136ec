import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import getPort from 'get-port';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

/** Between FreeSWITCH and the worker's audio fork server: what becomes of the audio on its way. */
class Line {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [near: Socket, far: Socket]>();
  /** Called for what FreeSWITCH sends after its handshake; what it returns goes on. */
  pass: (bytes: Buffer) => Buffer = (bytes) => bytes;
  isOpen = true;

  constructor(to: number) {
    this.#server = createServer((near) => {
      if (!this.isOpen) {
        near.resetAndDestroy();
        return;
      }
      const far = connect(to, '127.0.0.1');
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      let isShaken = false;
      near.on('data', (bytes) => {
        far.write(isShaken ? this.pass(bytes) : bytes);
        isShaken = true;
      });
      far.pipe(near);
      for (const [one, other] of [pair, [far, near]] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.#pairs.delete(pair);
          other.destroy();
        });
      }
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resets every connection on the worker's side. */
  reset(): void {
    for (const [near, far] of this.#pairs) {
      far.resetAndDestroy();
      near.destroy();
    }
  }

  close(): void {
    this.reset();
    this.#server.close();
  }
}

let stack: Stack;
let line: Line;
let forkPort: number;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  forkPort = await getPort({ host: '127.0.0.1' });
  line = new Line(forkPort);
  const publicUrl = `ws://127.0.0.1:${await line.listen()}`;
  await stack.startWorker({
    telephony: { ...stack.configuration().telephony, audioFork: { port: forkPort, publicUrl } },
  });
});
afterAll(async () => {
  line.close();
  await stack.close();
});
beforeEach(() => {
  line.isOpen = true;
  line.pass = (bytes) => bytes;
});

const LIMIT_MS = 800;
const job = {
  callTo: 'sip:mute@lab',
  liveSpeakerDetect: 'TIMEOUT_FROM_ANSWER_DETECT' as const,
  lsdTimeoutMilliseconds: LIMIT_MS,
};

describe('a call whose audio does not come', () => {
  const faults: Array<[what: string, fault: () => void]> = [
    [
      'since its connection is refused',
      () => {
        line.isOpen = false;
      },
    ],
    [
      'any more, since its connection is reset',
      () => {
        line.pass = (bytes) => {
          line.reset();
          return bytes;
        };
      },
    ],
    [
      'through, on a connection that stays open',
      () => {
        line.pass = () => Buffer.alloc(0);
      },
    ],
    [
      'in frames, but as garbage',
      () => {
        line.pass = (bytes) => Buffer.alloc(bytes.length, 0xff);
      },
    ],
  ];

  it.each(faults)('%s, is UNKNOWN at the limit, and ends as it should', async (_what, fault) => {
    fault();
    const { id } = await stack.queue.add(job);
    const result = await stack.inbox.of(id);
    expect(result).toMatchObject({ state: 'ANSWERED', farEndType: 'UNKNOWN' });
    expect((await stack.event(id, 'ended')).ended).toMatchObject({ error: null });
  });
});

describe('a crowd at the audio fork server', () => {
  it('without a secret, hurts no call and leaves nothing', async () => {
    const before = sockets();
    const crowd = Array.from({ length: 800 }, (_, index) => {
      const socket = connect(forkPort, '127.0.0.1').on('error', () => undefined);
      const path = index % 2 === 0 ? 'x'.repeat(index) : '../'.repeat(index);
      if (index % 4 !== 0)
        socket.write(`GET /${path} HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`);
      if (index % 4 === 1) socket.write('Host: x\r\n\r\n');
      return socket;
    });
    const result = await stack.call({ ...job, callTo: 'sip:human@lab', lsdTimeoutMilliseconds: 5000 });
    expect(result).toMatchObject({ state: 'ANSWERED', farEndType: 'LIVE' });
    for (const socket of crowd) socket.resetAndDestroy();
    while (sockets() > before + 20) await new Promise((resolve) => setTimeout(resolve, 50));
  });
});

/** TCP connections of this process: the worker runs in it. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
