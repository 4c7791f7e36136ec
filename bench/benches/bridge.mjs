import { join } from 'node:path';
import { Child } from '../child.mjs';
import { figure } from '../figure.mjs';
import { percentile } from '../percentile.mjs';

const CALLS = 100;
const SECONDS = 10;
/** A process that has just started is slower. */
const WARM_UP_SECONDS = 3;

/** Of them so many have far ends in a process that has nothing else to do. */
const PROBES = 4;

/**
 * Bridged calls on one media thread. How long a packet takes is measured by calls whose far ends are in a process of their own: that
 * which makes the packets of all others is late itself.
 * @type {import('../figure.mjs').Bench}
 */
export const bridge = {
  name: 'bridge',
  title: `${CALLS} bridged calls on one media thread, both sides talking`,
  outdial: 'a process with a media engine alone; its far ends are two others',
  baseline: 'packets that a process sends back which does nothing else',
  async run(network, say) {
    const logFile = join(network.directory, 'bridge.log');
    const [far, { ports: farPorts }] = await Child.start('far-ends', {}, logFile);
    network.onClose(() => far.close());
    const [probe, { ports: probePorts }] = await Child.start('far-ends', {}, logFile);
    network.onClose(() => probe.close());
    const [echo, { port: echoPort }] = await Child.start('echo', {}, logFile);
    network.onClose(() => echo.close());
    const [media] = await Child.start('media', { threads: 1 }, logFile);
    network.onClose(() => media.close());
    /** @type {number[]} */
    const opened = await media.ask('open', {
      ...{ count: 2 * (CALLS - PROBES), farPorts },
      ...{ probes: 2 * PROBES, probePorts },
    });
    const [ports, probed] = [opened.slice(0, -2 * PROBES), opened.slice(-2 * PROBES)];
    const talk = (/** @type {number} */ seconds) =>
      Promise.all([
        far.ask('talk', { ports, seconds }),
        probe.ask('talk', { ports: probed, seconds, echoPort }),
      ]);
    await media.ask('bridge');
    say('warming up');
    await talk(WARM_UP_SECONDS);
    say(`${CALLS} bridged calls`);
    await media.ask('watch');
    const [load, measured] = await talk(SECONDS);
    const { cpuPercent } = await media.ask('watched');
    await media.ask('hangUp');
    const dropped = [load, measured].reduce((sum, { sent, delaysMs }) => sum + sent - delaysMs.length, 0);
    const breaks = load.breaks + measured.breaks;
    const at = (/** @type {number} */ share) => ({
      a: percentile(measured.delaysMs, share),
      b: percentile(measured.echoedMs, share),
    });
    const p99 = at(0.99);
    return [
      figure('from sending to arrival, p50', 'ms', at(0.5)),
      figure('from sending to arrival, p99', 'ms', p99, { target: 'at most 2', isMet: p99.a <= 2 }),
      figure('the same by the busy far ends, p99', 'ms', { a: percentile(load.delaysMs, 0.99) }),
      figure('packets dropped', 'packets', { a: dropped }, { target: 'none', isMet: dropped === 0 }),
      figure('breaks of a stream', 'times', { a: breaks }, { target: 'none', isMet: breaks === 0 }),
      figure('processor, of one core', '%', { a: cpuPercent }),
    ];
  },
};
