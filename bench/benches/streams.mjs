import { join } from 'node:path';
import { Child } from '../child.mjs';
import { figure } from '../figure.mjs';
import { pause } from '../measured-worker.mjs';
import { percentile } from '../percentile.mjs';

const CALLS = 200;
/** Of them so many have far ends and bots in processes that have nothing else to do, by which it is measured. */
const PROBES = 20;
const SECONDS = 10;
/** How long a bot has spoken when it breaks off. */
const SPOKEN_MS = 700;
/** From when the bots begin to speak until nothing of it can be heard any more. */
const BARGE_IN_SECONDS = 1.5;
const AUDIBLE_MS = 40;
const ADDED_MS = 30;

/** @typedef {{ far: Child, bots: Child, farPorts: number[], url: string }} Ends The other sides of calls. */
/** @typedef {{ media: Child, load: Ends, probe: Ends }} Parts */

/**
 * What a media thread adds between the callee and its voice bot, in either direction: from the packet to the bot's
 * message, and from the bot's message to the packet.
 * @type {import('../figure.mjs').Bench}
 */
export const streams = {
  name: 'streams',
  title: `${CALLS} calls with voice bots on one media thread, next to ${PROBES} alone`,
  outdial: `${CALLS} calls at once`,
  baseline: `${PROBES} calls alone`,
  async run(network, say) {
    const logFile = join(network.directory, 'streams.log');
    /** @returns {Promise<Ends>} */
    const startEnds = async () => {
      const [far, { ports: farPorts }] = await Child.start('far-ends', {}, logFile);
      network.onClose(() => far.close());
      const [bots, { url }] = await Child.start('bots', {}, logFile);
      network.onClose(() => bots.close());
      return { far, bots, farPorts, url };
    };
    const [load, probe] = [await startEnds(), await startEnds()];
    const [media] = await Child.start('media', { threads: 1 }, logFile);
    network.onClose(() => media.close());
    const parts = { media, load, probe };
    // A process that has just started is slower than one that works.
    await talk(parts, 10);
    say(`${PROBES} calls`);
    const few = await talk(parts, 0);
    say(`${CALLS} calls`);
    const all = await talk(parts, CALLS - PROBES);
    return figuresOf(all, few);
  },
};

/**
 * @param {Parts} parts
 * @param {number} count calls beside the probes
 */
async function talk({ media, load, probe }, count) {
  const { far, bots, farPorts: probePorts, url: probeUrl } = probe;
  /** @type {number[]} */
  const ports = await media.ask('open', { count, farPorts: load.farPorts, probes: PROBES, probePorts });
  await media.ask('stream', { url: load.url, probes: PROBES, probeUrl });
  await far.ask('follow');
  await media.ask('watch');
  const [probed] = await Promise.all([
    far.ask('pulse', { ports: ports.slice(count), seconds: SECONDS }),
    load.far.ask('pulse', { ports: ports.slice(0, count), seconds: SECONDS }),
  ]);
  /** @type {Map<number, number[]>} */
  const pulsedAt = new Map(probed);
  const { cpuPercent } = await media.ask('watched');
  await pause(300);
  /** @type {Map<number, number[]>} */
  const answeredAt = new Map(await far.ask('followed'));
  /** @type {Array<{ call: number, heardAt: number[] }>} */
  const heard = await bots.ask('heard');
  const heardAt = new Map(heard.map((one) => [ports[one.call] ?? 0, one.heardAt]));
  const [audibleMs] = await Promise.all([
    bargeIn({ load, probe, ports }),
    far.ask('pulse', { ports: ports.slice(count), seconds: BARGE_IN_SECONDS, isSilent: true }),
    load.far.ask('pulse', { ports: ports.slice(0, count), seconds: BARGE_IN_SECONDS, isSilent: true }),
  ]);
  await media.ask('hangUp');
  const pulses = ports.slice(count).flatMap((port) =>
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
 * @param {{ load: Ends, probe: Ends, ports: number[] }} parts
 * @returns {Promise<number[]>}
 */
async function bargeIn({ load, probe, ports }) {
  const { far, bots } = probe;
  await far.ask('follow');
  await Promise.all([bots.ask('speak'), load.bots.ask('speak')]);
  await pause(SPOKEN_MS);
  /** @type {[Array<{ call: number, at: number }>, unknown]} */
  const [cleared] = await Promise.all([bots.ask('clear'), load.bots.ask('clear')]);
  await pause(300);
  /** @type {Map<number, number[]>} */
  const heardAt = new Map(await far.ask('followed'));
  // The last that is heard may have left before the `clear`.
  return cleared.map(({ call, at }) =>
    Math.max(0, (heardAt.get(ports[call] ?? 0)?.at(-1) ?? Number.NaN) - at),
  );
}

/** @typedef {Awaited<ReturnType<typeof talk>>} Measured @param {Measured} all @param {Measured} few */
function figuresOf(all, few) {
  const whole = (/** @type {Measured} */ { pulses }) => pulses.filter(({ bothMs }) => !Number.isNaN(bothMs));
  const lost = all.pulses.length - whole(all).length;
  /** @param {'inMs' | 'outMs' | 'bothMs'} way @param {number} share */
  const sides = (way, share) => {
    const of = (/** @type {Measured} */ measured) =>
      percentile(
        whole(measured).map((pulse) => pulse[way]),
        share,
      );
    return { a: of(all), b: of(few) };
  };
  /** @param {{ a: number }} measured @param {number} most */
  const atMost = ({ a }, most) => ({ target: `at most ${most}`, isMet: a <= most });
  const [inMs, outMs] = [sides('inMs', 0.99), sides('outMs', 0.99)];
  const audible = { a: percentile(all.audibleMs, 1), b: percentile(few.audibleMs, 1) };
  return [
    figure(
      'pulses that did not come back',
      'pulses',
      { a: lost, b: few.pulses.length - whole(few).length },
      { target: `none of ${all.pulses.length}`, isMet: lost === 0 },
    ),
    figure('callee to bot, p50', 'ms', sides('inMs', 0.5)),
    figure('callee to bot, p99', 'ms', inMs, atMost(inMs, ADDED_MS)),
    figure('bot to callee, p50', 'ms', sides('outMs', 0.5)),
    figure('bot to callee, p99', 'ms', outMs, atMost(outMs, ADDED_MS)),
    figure('callee to bot and back, p50', 'ms', sides('bothMs', 0.5)),
    figure('callee to bot and back, p99', 'ms', sides('bothMs', 0.99)),
    figure('heard after `clear`, longest', 'ms', audible, atMost(audible, AUDIBLE_MS)),
    figure('processor of the engine', '% of a core', { a: all.cpuPercent, b: few.cpuPercent }),
  ];
}
