import { join } from 'node:path';
import { Child } from '../child.mjs';
import { figure } from '../figure.mjs';
import { pause } from '../measured-worker.mjs';

const SEQUENCES = 10_000;
const SESSIONS = 240;
/** Of the packets, by session in turn. */
const LOSS_PERCENT = [0, 1, 2, 3, 4, 5];
const SEED = 20_261_130;

/**
 * Keys by telephone events (RFC 4733), pressed as fast as people and dialers do: 40 ms on, 40 ms off, the end of each sent
 * three times.
 * @type {import('../figure.mjs').Bench}
 */
export const digits = {
  name: 'digits',
  title: `${SEQUENCES.toLocaleString('en')} sequences of keys, 40 ms on and 40 ms off, with 0 to 5 % of the packets lost`,
  outdial: 'a process with a media engine alone; its far ends are another',
  baseline: 'none',
  async run(network, say) {
    const logFile = join(network.directory, 'digits.log');
    const [far, { ports: farPorts }] = await Child.start('far-ends', {}, logFile);
    network.onClose(() => far.close());
    const [media] = await Child.start('media', { threads: 1 }, logFile);
    network.onClose(() => media.close());
    /** @type {number[]} */
    const ports = await media.ask('open', { count: SESSIONS, farPorts });
    await media.ask('hear', { count: 0 });
    say(`${SESSIONS} callees press keys`);
    const losses = ports.map((_, n) => LOSS_PERCENT[n % LOSS_PERCENT.length] ?? 0);
    const sequences = Math.ceil(SEQUENCES / SESSIONS);
    /** @type {string[]} */
    const pressed = await far.ask('keys', { ports, losses, sequences, seed: SEED });
    await pause(500);
    /** @type {string[]} */
    const told = await media.ask('pressed');
    await media.ask('hangUp');
    const sessions = pressed.map((keys, n) => ({ keys, told: told[n] ?? '', loss: losses[n] ?? 0 }));
    const [clean, lossy] = [
      sessions.filter(({ loss }) => loss === 0),
      sessions.filter(({ loss }) => loss > 0),
    ];
    const lost = sum(clean.map(missingOf));
    const doubled = sum(sessions.map(surplusOf));
    return [
      figure('keys pressed', 'keys', { a: sum(sessions.map(({ keys }) => keys.length)) }),
      figure('lost without loss', 'keys', { a: lost }, { target: 'none', isMet: lost === 0 }),
      figure('doubled, or told wrongly', 'keys', { a: doubled }, { target: 'none', isMet: doubled === 0 }),
      figure('lost with 1 to 5 % loss', 'keys', { a: sum(lossy.map(missingOf)) }),
    ];
  },
};

/** @typedef {{ keys: string, told: string }} Session */

/** How many of what was told have their place among the keys, in order. @param {Session} session */
function rightOf({ keys, told }) {
  let at = 0;
  let right = 0;
  for (const key of told) {
    const found = keys.indexOf(key, at);
    if (found < 0) break;
    at = found + 1;
    right += 1;
  }
  return right;
}

/** @param {Session} session */
const missingOf = (session) => session.keys.length - rightOf(session);
/** @param {Session} session */
const surplusOf = (session) => session.told.length - rightOf(session);

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
