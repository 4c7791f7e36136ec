import { join } from 'node:path';
import { SpeakerDetector } from '@outdial/lsd';
import { formatWav, join as joinSounds, parseWav, recording, silence } from '@outdial/testkit/sounds';
import { Child } from '../child.mjs';
import { figure } from '../figure.mjs';
import { pause } from '../measured-worker.mjs';
import { percentile } from '../percentile.mjs';

const HEARD = 400;
/** Heard before, and not measured: a process that has just started is slower. */
const WARM_UP = 200;
const STEPS = [600, 800, 1000];
const PLAYED = 300;
const SECONDS = 8;
/** Sessions beside those that are measured, whose far ends press keys: how late the thread is. */
const PROBES = 8;
const FRAME_BYTES = 160;

/** @type {import('../figure.mjs').Bench} */
export const media = {
  name: 'media',
  title: `One media thread: ${HEARD} sessions heard by the detector, ${PLAYED} played to`,
  outdial: 'a process with a media engine alone; its far ends are another',
  baseline: 'none',
  async run(network, say) {
    const logFile = join(network.directory, 'media.log');
    const [far, { ports: farPorts }] = await Child.start('far-ends', {}, logFile);
    network.onClose(() => far.close());
    const [one] = await Child.start('media', { threads: 1 }, logFile);
    network.onClose(() => one.close());
    say('warming up');
    await hear(one, far, farPorts, WARM_UP);
    say(`${HEARD} sessions heard`);
    const heard = await hear(one, far, farPorts, HEARD);
    say(`${PLAYED} sessions played to`);
    const played = await play(one, far, farPorts);
    const most = await highest(one, far, farPorts, heard.holds, say);
    await one.close();
    const [two] = await Child.start('media', { threads: 2 }, logFile);
    network.onClose(() => two.close());
    say('two threads');
    await hear(two, far, farPorts, WARM_UP);
    const first = await hear(two, far, farPorts, HEARD);
    const mostOfTwo = await highest(two, far, farPorts, first.holds, say);
    return [
      ...heard.figures,
      figure(
        'most that hold, 1 thread',
        'sessions',
        { a: most },
        { target: `at least ${HEARD}`, isMet: most >= HEARD },
      ),
      figure('most that hold, 2 threads', 'sessions', { a: mostOfTwo }),
      ...played,
    ];
  },
};

/**
 * The highest number of sessions that are all heard as they must be; 0 where not even the first is.
 * @param {Child} engine
 * @param {Child} far
 * @param {number[]} farPorts
 * @param {boolean} isFirstHeld
 * @param {(progress: string) => void} say
 */
async function highest(engine, far, farPorts, isFirstHeld, say) {
  if (!isFirstHeld) return 0;
  let most = HEARD;
  for (const step of STEPS) {
    say(`${step} sessions heard`);
    if (!(await hear(engine, far, farPorts, step)).holds) break;
    most = step;
  }
  return most;
}

/** @param {Child} engine @param {Child} far @param {number[]} farPorts @param {number} count */
async function hear(engine, far, farPorts, count) {
  const pcm = joinSounds(silence(300), recording('hello'), silence(SECONDS * 1000));
  const wav = formatWav(pcm, 'mulaw');
  const encoded = wav.subarray(wav.length - pcm.length).subarray(0, SECONDS * 8000);
  const frames = Array.from({ length: encoded.length / FRAME_BYTES }, (_, n) =>
    encoded.subarray(n * FRAME_BYTES, (n + 1) * FRAME_BYTES).toString('base64'),
  );
  const expected = verdictOf(parseWav(wav).samples);
  const ports = await engine.ask('open', { count: count + PROBES, farPorts });
  await engine.ask('hear', { count });
  await engine.ask('watch');
  const [sentAt] = await Promise.all([
    far.ask('press', { ports: ports.slice(count), seconds: SECONDS }),
    far.ask('speak', { ports: ports.slice(0, count), frames, seconds: SECONDS }),
  ]);
  const { delay, cpuPercent } = await engine.ask('watched');
  await pause(500);
  const { verdicts, pressedAt } = await engine.ask('heard');
  const { received, lost } = await engine.ask('hangUp');
  const sent = count * frames.length + sentAt.flat().length;
  const lateMs = /** @type {number[][]} */ (sentAt).flatMap((times, n) =>
    times.map((at, press) => (pressedAt[count + n][press] ?? Number.POSITIVE_INFINITY) - at),
  );
  const p99 = percentile(lateMs, 0.99);
  const same = verdicts.filter((/** @type {string} */ verdict) => verdict === expected).length;
  const missing = sent - received + lost;
  return {
    holds: same === count && missing === 0 && p99 <= 40 && delay.p99Ms <= 10,
    figures: [
      figure(
        'verdicts as from the file',
        'sessions',
        { a: same },
        { target: `all ${count}`, isMet: same === count },
      ),
      figure(
        'packets not received, or lost',
        'packets',
        { a: missing },
        { target: 'none', isMet: missing === 0 },
      ),
      figure('from sending to being told, p50', 'ms', { a: percentile(lateMs, 0.5) }),
      figure('from sending to being told, p99', 'ms', { a: p99 }, { target: 'at most 40', isMet: p99 <= 40 }),
      figure(
        'main thread late, p99',
        'ms',
        { a: delay.p99Ms },
        { target: 'at most 10', isMet: delay.p99Ms <= 10 },
      ),
      figure('processor, all heard', '% of a core', { a: cpuPercent }),
    ],
  };
}

/** @param {Child} engine @param {Child} far @param {number[]} farPorts */
async function play(engine, far, farPorts) {
  await engine.ask('open', { count: PLAYED, farPorts });
  await pause(500);
  await far.ask('listen');
  await engine.ask('watch');
  await engine.ask('play');
  await pause(SECONDS * 1000);
  const { cpuPercent } = await engine.ask('watched');
  const streams = /** @type {number[][]} */ (await far.ask('heard'));
  await engine.ask('hangUp');
  const apart = streams.flatMap((times) =>
    times.slice(1).map((at, n) => Math.abs(at - (times[n] ?? 0) - 20)),
  );
  const p99 = percentile(apart, 0.99);
  return [
    figure(
      'streams heard by the far ends',
      'sessions',
      { a: streams.length },
      { target: `all ${PLAYED}`, isMet: streams.length === PLAYED },
    ),
    figure('packets off their 20 ms, p50', 'ms', { a: percentile(apart, 0.5) }),
    figure('packets off their 20 ms, p99', 'ms', { a: p99 }, { target: 'at most 5', isMet: p99 <= 5 }),
    figure('processor, all played to', '% of a core', { a: cpuPercent }),
  ];
}

/** What the detector says of the audio itself. @param {Int16Array} pcm */
function verdictOf(pcm) {
  let told = '';
  const detector = new SpeakerDetector({
    mode: 'DEFAULT',
    timeoutMilliseconds: 5000,
    onEvent: (event) => {
      if (event.type !== 'verdict' || told !== '') return;
      const { farEndType, kind, decidedAfterMs } = event.verdict;
      told = `${farEndType} ${kind} ${decidedAfterMs}`;
    },
  });
  for (let at = 0; at < pcm.length; at += FRAME_BYTES) detector.push(pcm.subarray(at, at + FRAME_BYTES));
  return told;
}
