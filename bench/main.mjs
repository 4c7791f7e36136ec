/** `npm run bench`: measures Outdial next to what it is built on, on this machine, in one run. */
import { parseArgs } from 'node:util';
import { beep } from './benches/beep.mjs';
import { bridge } from './benches/bridge.mjs';
import { calls } from './benches/calls.mjs';
import { deadlines } from './benches/deadlines.mjs';
import { digits } from './benches/digits.mjs';
import { enqueue } from './benches/enqueue.mjs';
import { eventLoop } from './benches/event-loop.mjs';
import { eventStream } from './benches/event-stream.mjs';
import { gateway } from './benches/gateway.mjs';
import { ledger } from './benches/ledger.mjs';
import { media } from './benches/media.mjs';
import { memory } from './benches/memory.mjs';
import { overload } from './benches/overload.mjs';
import { redisMemory } from './benches/redis-memory.mjs';
import { ringing } from './benches/ringing.mjs';
import { streams } from './benches/streams.mjs';
import { webhooks } from './benches/webhooks.mjs';
import { describeMachine, renderBench, renderMachine } from './report.mjs';
import { TestNetwork } from './test-network.mjs';

const BENCHES = [
  ...[enqueue, gateway, eventStream, webhooks, calls, ringing, memory, eventLoop],
  ...[deadlines, ledger, overload, redisMemory],
  ...[media, bridge, streams, digits, beep],
];
const NAMES = BENCHES.map(({ name }) => name);
/** A run takes about ten minutes; one that takes this long hangs. */
const GIVE_UP_AFTER_MS = 20 * 60_000;

const USAGE = `usage: npm run bench -- [--only NAME]... [--json]

Measures Outdial next to what it is built on, on this machine: about ten minutes, everything on 127.0.0.1.
  --only NAME  one of ${NAMES.join(', ')}; may be given several times
  --json       one JSON document instead of tables
OUTDIAL_TEST_DRACHTIO and OUTDIAL_TEST_FREESWITCH (each host:port:secret) put real servers in the lab's place.
`;

const options = readOptions();
const network = new TestNetwork();
let isInterrupted = false;

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => {
    isInterrupted = true;
    say('closing ...');
    void network.close().finally(() => process.exit(130));
  });
}
const watchdog = setTimeout(() => {
  say(`given up after ${GIVE_UP_AFTER_MS / 60_000} minutes`);
  // Each child ends when its parent is gone.
  process.exit(1);
}, GIVE_UP_AFTER_MS);

try {
  const isWhole = await measure();
  process.exitCode = isWhole ? 0 : 1;
} catch (error) {
  // Errors caused by the interruption itself are not reported.
  if (!isInterrupted) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  }
} finally {
  await network.close();
  clearTimeout(watchdog);
  if (process.exitCode === 0) network.removeDirectory();
  else say(`the processes' logs: ${network.directory}`);
}

/** Returns whether every benchmark succeeded. */
async function measure() {
  const servers = await network.servers();
  const machine = describeMachine(servers.areReal);
  print(renderMachine(machine));
  const startedAt = performance.now();
  const benches = [];
  for (const { run, ...bench } of BENCHES) {
    if (!options.only.includes(bench.name)) continue;
    say(`${bench.name}: starting`);
    const measured = await run(network, (progress) => say(`${bench.name}: ${progress}`)).then(
      (figures) => ({ figures, failure: null }),
      // The next benchmark may succeed on a machine that is too busy for this one.
      (error) => ({ figures: [], failure: String(error) }),
    );
    if (isInterrupted) return false;
    benches.push({ ...bench, ...measured });
    print(`\n${renderBench({ ...bench, ...measured })}`);
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  if (options.json) process.stdout.write(`${JSON.stringify({ machine, seconds, benches }, null, 2)}\n`);
  say(`done in ${seconds} s`);
  return benches.every(({ failure }) => failure === null);
}

/** Tables are printed only without `--json`. @param {string} text */
function print(text) {
  if (!options.json) process.stdout.write(`${text}\n`);
}

/** @param {string} progress */
function say(progress) {
  process.stderr.write(`${progress}\n`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: NAMES },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const unknown = values.only.find((name) => !NAMES.includes(name));
    if (unknown !== undefined) throw new Error(`there is no benchmark "${unknown}"`);
    return values;
  } catch (error) {
    process.stderr.write(`${/** @type {Error} */ (error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
