import { figure } from '../figure.mjs';
import { callsBy, mixedCallees } from '../load.mjs';
import { interleave } from '../rounds.mjs';

const ROUNDS = 3;
const IN_FLIGHT = 50;
/** A call that is heard lasts until its verdict, some 2.6 s for a person: more of them are up while as many are made. The worker
 * holds as many of them as it can carry (docs/reliability.md). */
const IN_FLIGHT_HEARD = 1000;
const HEARD = { liveSpeakerDetect: /** @type {const} */ ('DEFAULT') };
/** So that the lines fill: a shorter round measures how long a call is heard, not how many can be. */
const HEARD_ROUNDS = { seconds: 10, warmUp: 1000, isSteady: true };

/**
 * Outdial next to what a team writes that does without it, at the two loads of a campaign: nobody answers, and
 * three of ten do and are told from machines (by Outdial alone: the peer hangs up on them at once).
 * @type {import('../figure.mjs').Bench}
 */
export const calls = {
  name: 'calls',
  title: 'Calls a second, from the queue to the result',
  outdial: 'Outdial',
  baseline: 'a plain BullMQ worker around createUAC, which claims, records and detects nothing',
  async run(network, say) {
    return [...(await rejected(network, say)), ...(await answered(network, say))];
  },
};

/**
 * @param {import('../test-network.mjs').TestNetwork} network
 * @param {(progress: string) => void} say
 */
async function rejected(network, say) {
  const rejects = await network.callee('rejects-busy-486');
  const [worker, peer] = await Promise.all([
    network.startWorker({ name: 'rejected', inFlight: IN_FLIGHT, media: 'worker' }),
    network.startPeer({ name: 'rejected-peer', inFlight: IN_FLIGHT, withEndpoints: false }),
  ]);
  const what = `rejected at once (486), ${IN_FLIGHT} in flight`;
  say(what);
  const rounds = await interleave(
    ROUNDS,
    callsBy((targets) => worker.run(targets), [rejects], { warmUp: 500 }),
    callsBy((targets) => peer.run(targets), [rejects], { warmUp: 500 }),
  );
  await Promise.all([worker.close(), peer.close()]);
  const speed = rounds.of('perSecond');
  const cost = rounds.of('cpuMs');
  return [
    figure(what, 'calls/s', speed, { target: 'at least 0.5 of it', isMet: speed.ratio >= 0.5 }),
    figure('  its cost in Node', 'ms/call', cost, { target: 'at most 3 times', isMet: cost.ratio <= 3 }),
    figure('  in the first second of the process', 'calls/s', rounds.cold('firstSecond')),
  ];
}

/**
 * @param {import('../test-network.mjs').TestNetwork} network
 * @param {(progress: string) => void} say
 */
async function answered(network, say) {
  const { areReal } = await network.servers();
  const callees = mixedCallees(await network.speakingCallee(), await network.callee('rejects-busy-486'));
  const [own, freeswitch, bare, withEndpoints] = await Promise.all([
    network.startWorker({ name: 'heard', inFlight: IN_FLIGHT_HEARD, media: 'worker' }),
    network.startWorker({ name: 'heard-freeswitch', inFlight: IN_FLIGHT, media: 'freeswitch' }),
    network.startPeer({ name: 'bare-peer', inFlight: IN_FLIGHT, withEndpoints: false }),
    network.startPeer({ name: 'endpoint-peer', inFlight: IN_FLIGHT, withEndpoints: true }),
  ]);
  say('30 % answered');
  /** @param {import('../measured-worker.mjs').MeasuredWorker} worker */
  const heardBy = (worker) =>
    callsBy((targets) => worker.run(targets, HEARD), callees, {
      ...HEARD_ROUNDS,
      more: ({ live, answered }) => ({ livePercent: (100 * live) / answered }),
    });
  const rounds = await interleave(
    ROUNDS,
    heardBy(own),
    callsBy((targets) => bare.run(targets), callees, { isSteady: true }),
    heardBy(freeswitch),
    callsBy((targets) => withEndpoints.run(targets), callees, { isSteady: true }),
  );
  await Promise.all([own, freeswitch, bare, withEndpoints].map((side) => side.close()));
  const ownNextToBare = rounds.of('perSecond');
  const ownNextToEndpoints = rounds.of('perSecond', [0, 3]);
  return [
    figure('30 % answered and heard, own media', 'calls/s', ownNextToBare, {
      target: 'at least 0.4 of it',
      isMet: ownNextToBare.ratio >= 0.4,
    }),
    figure('  its cost in Node', 'ms/call', rounds.of('cpuMs')),
    figure('  in the first second of the process', 'calls/s', rounds.cold('firstSecond')),
    figure('  told to be persons, of the answered', '%', { a: rounds.of('livePercent').a }),
    figure('  next to the peer with an endpoint a call', 'calls/s', ownNextToEndpoints, {
      ...(areReal && { target: 'at least 5 times', isMet: ownNextToEndpoints.ratio >= 5 }),
    }),
    figure('    its cost in Node', 'ms/call', rounds.of('cpuMs', [0, 3])),
    figure("the same, FreeSWITCH's media and an endpoint a call", 'calls/s', rounds.of('perSecond', [2, 3])),
    figure('  its cost in Node', 'ms/call', rounds.of('cpuMs', [2, 3])),
    figure('  told to be persons, of the answered', '%', { a: rounds.of('livePercent', [2, 3]).a }),
  ];
}
