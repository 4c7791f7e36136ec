import type { InjectedFault } from '../faults/fault-injector.js';
import { type ChaosReport, hasHeld, type Progress } from '../run.js';
import type { FaultKind, Manner } from '../schedule/schedule.js';

const WORDS: Readonly<Record<FaultKind, (fault: InjectedFault) => string>> = {
  killWorker: ({ worker, durationMs }) => `SIGKILL worker ${worker}, another after ${toSeconds(durationMs)}`,
  freezeWorker: ({ worker, durationMs }) => `SIGSTOP worker ${worker} for ${toSeconds(durationMs)}`,
  stopWorker: ({ worker }) => `SIGTERM worker ${worker}, another at once`,
  killRedis: ({ durationMs }) => `SIGKILL Redis for ${toSeconds(durationMs)}`,
  pauseRedis: ({ durationMs }) => `SIGSTOP Redis for ${toSeconds(durationMs)}`,
  cutConnections: () => 'cut every connection to Redis',
  killDrachtio: ({ durationMs }) => `kill drachtio for ${toSeconds(durationMs)}`,
  killFreeswitch: ({ durationMs }) => `kill FreeSWITCH for ${toSeconds(durationMs)}`,
  cutWorkerFromDrachtio: (fault) => `cut ${cutOff(fault, 'drachtio')}`,
  cutWorkerFromFreeswitch: (fault) => `cut ${cutOff(fault, 'FreeSWITCH')}`,
  cutWorkerFromServers: (fault) => `cut ${cutOff(fault, 'drachtio and FreeSWITCH')}`,
  cutWorkerFromRedis: (fault) => `cut ${cutOff(fault, 'Redis')}`,
};

const MANNERS: Readonly<Record<Manner, string>> = {
  closed: 'connections closed',
  late: 'in silence, what was sent arrives late',
  lost: 'in silence, what was sent is lost',
};

function cutOff({ worker, durationMs, manner }: InjectedFault, from: string): string {
  return `worker ${worker} off from ${from} for ${toSeconds(durationMs)} (${manner === null ? '' : MANNERS[manner]})`;
}

export function faultLine(fault: InjectedFault): string {
  const { injectedAtMs, settledAtMs } = fault;
  return `${toSeconds(injectedAtMs).padStart(8)}  ${WORDS[fault.kind](fault)}; over at ${toSeconds(settledAtMs)}`;
}

export function progressLine({ elapsedMs, queued, results, faults }: Progress): string {
  return `${toSeconds(elapsedMs).padStart(8)}  ... ${queued} jobs queued, ${results} results, ${faults} faults`;
}

/** The tally, and the story of each offending job. */
export function reportText({ options, workers, elapsedMs, timeline, tally, ...rest }: ChaosReport): string {
  const { violations, audit, stories, logs } = rest;
  const outcomes = Object.entries(tally.outcomes).map(([name, count]) => `${name} ${count}`);
  const { slowestTakeoverMs, slowestUndisturbedTakeoverMs } = tally;
  const takeover =
    slowestTakeoverMs === null
      ? 'none'
      : `${toSeconds(slowestTakeoverMs)}; but for other faults meanwhile ${toSeconds(slowestUndisturbedTakeoverMs ?? 0)}`;
  return [
    `seed ${options.seed}: ${tally.jobs} jobs, ${workers} workers, ${timeline.length} faults, ${toSeconds(elapsedMs)}`,
    `  dialled            ${tally.dialled} jobs, and agents for ${tally.agentsDialled} of them; ${tally.dialledTwice} twice`,
    `  results            ${tally.results}; ${tally.withoutResult} jobs without, ${tally.withSeveralResults} with several`,
    `  left up            ${tally.leftUp} calls (and ${tally.forgottenByDrachtio} that a killed drachtio forgot), ${tally.endpointsLeftUp} endpoints of FreeSWITCH`,
    `  rang out           ${tally.expired} calls, by the Expires of their INVITE, since they could not be cancelled`,
    `  delivered again    ${tally.deliveredAgain} results`,
    `  slowest takeover   ${takeover}`,
    `  stopped workers    ${tally.stopped}, ${tally.stoppedBadly} of them not as they should (and ${tally.stoppedLooking} that looked for calls that could not be ended)`,
    `  recordings         ${tally.recordings} complete, ${tally.recordingsIncomplete} not`,
    `  cancelled in time  ${tally.cancelledInTime} jobs, ${tally.dialledThoughCancelled} of them dialled`,
    `  outcomes           ${outcomes.join(', ')}`,
    ...stories,
    ...violations.map(({ kind, jobId, detail }) => `VIOLATION ${jobId}: ${kind} (${detail})`),
    ...audit.map(({ jobId, code, seen }) => `AUDIT ${jobId}: ${code} (${seen})`),
    ...(logs === null ? [] : [`the logs are in ${logs}`]),
    hasHeld(rest) ? 'every promise held' : `${violations.length} VIOLATIONS, ${audit.length} audit findings`,
  ].join('\n');
}

function toSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
