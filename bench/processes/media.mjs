import { MediaEngine } from '@outdial/media';
import { serve } from '../child.mjs';
import { clockMs } from '../clock.mjs';
import { EventLoopDelay } from '../event-loop-delay.mjs';
import { cpuMs } from '../usage.mjs';

/** A media engine and nothing else, so that its processor time and delays are its own. */

const PORTS = { min: 20_000, max: 32_767 };
const TONE = { frequencies: [440, 620], onMs: 1000 };

/** @type {MediaEngine} */
let engine;
/** @type {import('@outdial/media').MediaSession[]} */
let sessions = [];
/** What was told of them since `hear`. @type {string[]} */
let verdicts = [];
/** When each key press was told, by session. @type {number[][]} */
let pressedAt = [];
/** The keys that were told, by session. @type {string[]} */
let pressed = [];
const delay = new EventLoopDelay();
let cpuBefore = 0;
let startedAt = 0;

serve({
  /** @param {{ threads: number }} options */
  async start({ threads }) {
    const streams = { allowedHosts: ['127.0.0.1'] };
    engine = new MediaEngine({ listenHost: '127.0.0.1', threads, ports: PORTS, streams });
    await engine.start();
  },
  /**
   * Sessions whose far ends are at these ports, in turn; then the probes, whose far ends are at the others.
   * @param {{ count: number, farPorts: number[], probes?: number, probePorts?: number[] }} what
   */
  async open({ count, farPorts, probes = 0, probePorts = [] }) {
    sessions = [];
    for (let n = 0; n < count + probes; n++) {
      const session = await engine.open();
      sessions.push(session);
      const payloadTypes = { pcmu: 0, telephoneEvent: 101 };
      // A far end sends from the port that is signalled: another would have to prove itself for 100 ms.
      const [of, at] = n < count ? [farPorts, n] : [probePorts, n - count];
      const port = of[at % of.length] ?? 0;
      await session.setRemote({ address: '127.0.0.1', port, rtcpMux: true, payloadTypes });
    }
    return sessions.map(({ local }) => local.port);
  },
  /** The first `count` are heard by the detector, and all tell key presses. @param {{ count: number }} what */
  async hear({ count }) {
    verdicts = [];
    pressedAt = sessions.map(() => []);
    pressed = sessions.map(() => '');
    for (const [n, session] of sessions.entries()) {
      session.on('digit', ({ digit }) => {
        pressedAt[n]?.push(clockMs());
        pressed[n] += digit;
      });
      if (n >= count) continue;
      session.on('verdict', ({ verdict, isRevised }) => {
        if (!isRevised) verdicts.push(`${verdict.farEndType} ${verdict.kind} ${verdict.decidedAfterMs}`);
      });
      await session.listen({ timeoutMilliseconds: 5000 });
      await session.answered();
    }
  },
  /** Bridges the first with the second, the third with the fourth, and so on. */
  async bridge() {
    await answered();
    for (let n = 0; n + 1 < sessions.length; n += 2) {
      const [one, other] = [sessions[n], sessions[n + 1]];
      if (one !== undefined && other !== undefined) await one.bridge(other);
    }
  },
  heard: () => ({ verdicts, pressedAt }),
  pressed: () => pressed,
  /**
   * Connects each to the bot there, the probes to the other, which is told its number as the call's.
   * @param {{ url: string, probes: number, probeUrl: string }} bots
   */
  async stream({ url, probes, probeUrl }) {
    await answered();
    await Promise.all(
      sessions.map(async (session, n) => {
        const isProbe = n >= sessions.length - probes;
        const stream = session.openStream({ url: isProbe ? probeUrl : url });
        await stream.connect();
        void stream.start({ accountSid: 'bench', callSid: String(n) });
      }),
    );
  },
  play() {
    for (const session of sessions) void session.play(TONE, { loop: true });
  },
  watch() {
    delay.start();
    cpuBefore = cpuMs();
    startedAt = performance.now();
  },
  watched() {
    const cpuPercent = (100 * (cpuMs() - cpuBefore)) / (performance.now() - startedAt);
    return { delay: delay.stop(), cpuPercent };
  },
  /** Ends the sessions; resolves with the packets that they received and lost. */
  async hangUp() {
    let received = -1;
    for (let now = 0; now !== received; ) {
      received = now;
      await new Promise((resolve) => setTimeout(resolve, 300));
      // What is still in the sockets' buffers is read. A thread that was starved for seconds has lost its sessions.
      const counts = await Promise.all(
        sessions.map((session) =>
          session.quality().then(
            ({ packetsReceived }) => packetsReceived,
            () => 0,
          ),
        ),
      );
      now = sum(counts);
    }
    const ended = await Promise.all(sessions.map((session) => session.close()));
    sessions = [];
    return {
      received: sum(ended.map((one) => one.packetsReceived)),
      lost: sum(ended.map((one) => one.packetsLost)),
    };
  },
  close: () => engine.close(),
});

/** Nobody listens for who it is any more, as later in a call. */
async function answered() {
  for (const session of sessions) await session.answered();
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
