import { join } from 'node:path';
import { Child } from '../child.mjs';
import { figure } from '../figure.mjs';
import { pause } from '../measured-worker.mjs';
import { percentile } from '../percentile.mjs';

const CALLS = 200;
const SECONDS = 10;
/** How long a bot has spoken when it breaks off. */
const SPOKEN_MS = 700;
const AUDIBLE_MS = 40;
const ADDED_MS = 30;

/** @typedef {{ media: Child, far: Child, bots: Child, farPorts: number[], url: string }} Parts */

/**
 * What a media thread adds between the callee and its voice bot, in either direction: from the packet to the bot's
 * message, and from the bot's message to the packet.
 * @type {import('../figure.mjs').Bench}
 */
export const streams = {
  name: 'streams',
  title: `${CALLS} calls with voice bots on one media thread, next to one call alone`,
  outdial: `${CALLS} calls at once`,
  baseline: 'one call alone',
  async run(network, say) {
    const logFile = join(network.directory, 'streams.log');
    const [far, { ports: farPorts }] = await Child.start('far-ends', {}, logFile);
    network.onClose(() => far.close());
    const [bots, { url }] = await Child.start('bots', {}, logFile);
    network.onClose(() => bots.close());
    const [media] = await Child.start('media', { threads: 1 }, logFile);
    network.onClose(() => media.close());
    const parts = { media, far, bots, farPorts, url };
    // A process that has just started is slower than one that works.
    await talk(parts, 10);
    say('one call');
    const one = await talk(parts, 1);
    say(`${CALLS} calls`);
    const all = await talk(parts, CALLS);
    return figuresOf(all, one);
  },
};

/**
 * @param {Parts} parts
 * @param {number} count calls
 */
async function talk({ media, far, bots, farPorts, url }, count) {
  /** @type {number[]} */
  const ports = await media.ask('open', { count, farPorts });
  await media.ask('stream', { url });
  await far.ask('follow');
  await media.ask('watch');
  /** @type {Map<number, number[]>} */
  const pulsedAt = new Map(await far.ask('pulse', { ports, seconds: SECONDS }));
  const { cpuPercent } = await media.ask('watched');
  await pause(300);
  /** @type {Map<number, number[]>} */
  const answeredAt = new Map(await far.ask('followed'));
  /** @type {Array<{ call: number, heardAt: number[] }>} */
  const heard = await bots.ask('heard');
  const heardAt = new Map(heard.map((one) => [ports[one.call] ?? 0, one.heardAt]));
  const audibleMs = await bargeIn({ far, bots, ports });
  await media.ask('hangUp');
  const pulses = ports.flatMap((port) =>
    (pulsedAt.get(port) ?? []).map((at, n) => {
      const next = pulsedAt.get(port)?.[n + 1] ?? Number.POSITIVE_INFINITY;
      const bot = heardAt.get(port)?.find((time) => time >= at && time < next) ?? Number.NaN;
      const back = answeredAt.get(port)?.find((time) => time >= bot && time < next) ?? Number.NaN;
      return { inMs: bot - at, outMs: back - bot, bothMs: back - at };
    }),
  );
  return { pulses, audibleMs, cpuPercent };
}

/**
 * How long bots are heard after their `clear`.
 * @param {{ far: Child, bots: Child, ports: number[] }} parts
 * @returns {Promise<number[]>}
 */
async function bargeIn({ far, bots, ports }) {
  await far.ask('follow');
  await bots.ask('speak');
  await pause(SPOKEN_MS);
  /** @type {Array<{ call: number, at: number }>} */
  const cleared = await bots.ask('clear');
  await pause(300);
  /** @type {Map<number, number[]>} */
  const heardAt = new Map(await far.ask('followed'));
  return cleared.map(({ call, at }) => (heardAt.get(ports[call] ?? 0)?.at(-1) ?? Number.NaN) - at);
}

/** @typedef {Awaited<ReturnType<typeof talk>>} Measured @param {Measured} all @param {Measured} one */
function figuresOf(all, one) {
  const whole = (/** @type {Measured} */ { pulses }) => pulses.filter(({ bothMs }) => !Number.isNaN(bothMs));
  const lost = all.pulses.length - whole(all).length;
  /** @param {'inMs' | 'outMs' | 'bothMs'} way @param {number} share */
  const sides = (way, share) => {
    const of = (/** @type {Measured} */ measured) =>
      percentile(
        whole(measured).map((pulse) => pulse[way]),
        share,
      );
    return { a: of(all), b: of(one) };
  };
  /** @param {{ a: number }} measured @param {number} most */
  const atMost = ({ a }, most) => ({ target: `at most ${most}`, isMet: a <= most });
  const [inMs, outMs] = [sides('inMs', 0.99), sides('outMs', 0.99)];
  const audible = { a: percentile(all.audibleMs, 1), b: percentile(one.audibleMs, 1) };
  return [
    figure(
      'pulses that did not come back',
      'pulses',
      { a: lost, b: one.pulses.length - whole(one).length },
      { target: `none of ${all.pulses.length}`, isMet: lost === 0 },
    ),
    figure('callee to bot, p50', 'ms', sides('inMs', 0.5)),
    figure('callee to bot, p99', 'ms', inMs, atMost(inMs, ADDED_MS)),
    figure('bot to callee, p50', 'ms', sides('outMs', 0.5)),
    figure('bot to callee, p99', 'ms', outMs, atMost(outMs, ADDED_MS)),
    figure('callee to bot and back, p50', 'ms', sides('bothMs', 0.5)),
    figure('callee to bot and back, p99', 'ms', sides('bothMs', 0.99)),
    figure('heard after `clear`, longest', 'ms', audible, atMost(audible, AUDIBLE_MS)),
    figure('processor of the engine', '% of a core', { a: all.cpuPercent, b: one.cpuPercent }),
  ];
}
