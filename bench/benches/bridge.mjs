import { join } from 'node:path';
import { Child } from '../child.mjs';
import { figure } from '../figure.mjs';
import { percentile } from '../percentile.mjs';

const CALLS = 100;
const SECONDS = 10;
/** A process that has just started is slower. */
const WARM_UP_SECONDS = 3;

/**
 * Bridged calls on one media thread. The time is from the far end that sends a packet to the one that has it: the far ends' own
 * part is in it.
 * @type {import('../figure.mjs').Bench}
 */
export const bridge = {
  name: 'bridge',
  title: `${CALLS} bridged calls on one media thread, both sides talking`,
  outdial: 'a process with a media engine alone; its far ends are another',
  baseline: 'none',
  async run(network, say) {
    const logFile = join(network.directory, 'bridge.log');
    const [far, { ports: farPorts }] = await Child.start('far-ends', {}, logFile);
    network.onClose(() => far.close());
    const [media] = await Child.start('media', { threads: 1 }, logFile);
    network.onClose(() => media.close());
    /** @type {number[]} */
    const ports = await media.ask('open', { count: 2 * CALLS, farPorts });
    await media.ask('bridge');
    say('warming up');
    await far.ask('talk', { ports, seconds: WARM_UP_SECONDS });
    say(`${CALLS} bridged calls`);
    await media.ask('watch');
    const { sent, delaysMs, breaks } = await far.ask('talk', { ports, seconds: SECONDS });
    const { cpuPercent } = await media.ask('watched');
    await media.ask('hangUp');
    const dropped = sent - delaysMs.length;
    const p99 = percentile(delaysMs, 0.99);
    return [
      figure('from far end to far end, p50', 'ms', { a: percentile(delaysMs, 0.5) }),
      figure('from far end to far end, p99', 'ms', { a: p99 }, { target: 'at most 2', isMet: p99 <= 2 }),
      figure('packets dropped', 'packets', { a: dropped }, { target: 'none', isMet: dropped === 0 }),
      figure('breaks of a stream', 'times', { a: breaks }, { target: 'none', isMet: breaks === 0 }),
      figure('processor, of one core', '%', { a: cpuPercent }),
    ];
  },
};
