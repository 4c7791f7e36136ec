import type { CallJobInput } from '@outdial/contract';
import { Random } from './random.js';

export const FAULT_KINDS = [
  'killWorker',
  'freezeWorker',
  'stopWorker',
  'killRedis',
  'pauseRedis',
  'cutConnections',
  'killDrachtio',
  'killFreeswitch',
  'cutWorkerFromDrachtio',
  'cutWorkerFromFreeswitch',
  'cutWorkerFromServers',
  'cutWorkerFromRedis',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * How a worker is cut off: its connections are closed at once; or nothing gets through without either end
 * noticing, and then what was sent meanwhile arrives late, or is lost.
 */
export const MANNERS = ['closed', 'late', 'lost'] as const;
export type Manner = (typeof MANNERS)[number];

export interface Fault {
  /** After the start of the run. */
  atMs: number;
  kind: FaultKind;
  /** The affected worker, if any. */
  worker: number | null;
  /** How long what is killed stays away, what is frozen stays frozen, and what is cut off stays cut off. */
  durationMs: number;
  /** How a worker is cut off, where it is. */
  manner: Manner | null;
}

export interface PlannedJob {
  /** After the start of the run. */
  atMs: number;
  job: CallJobInput & { id: string };
  /** It is not dialled later than so long after it was queued; null: whenever. */
  expiresAfterMs: number | null;
  /** It is cancelled this long after it was queued; null: never. */
  cancelAfterMs: number | null;
  /** The longest that its call takes, from the INVITE to the last BYE, while nothing is disturbed. */
  lastsMs: number;
}

/** Who makes the media of the calls. `mixed`: FreeSWITCH for every second worker, the others themselves. */
export const CHAOS_MEDIA = ['mixed', 'worker', 'freeswitch'] as const;
export type ChaosMedia = (typeof CHAOS_MEDIA)[number];

/** What the schedule follows from. */
export interface ScheduleOptions {
  seed: number;
  jobs: number;
  faults: number;
  /** Over how long the jobs are queued and the faults injected. */
  seconds: number;
}

export interface ChaosOptions extends ScheduleOptions {
  media: ChaosMedia;
}

/** All that the seed decides. */
export interface Schedule {
  workers: number;
  drainSeconds: number;
  jobs: PlannedJob[];
  faults: Fault[];
}

const WEIGHTS: ReadonlyArray<readonly [number, FaultKind]> = [
  [5, 'killWorker'],
  [4, 'freezeWorker'],
  [3, 'stopWorker'],
  [3, 'killRedis'],
  [2, 'pauseRedis'],
  [2, 'cutConnections'],
  [2, 'killDrachtio'],
  [2, 'killFreeswitch'],
  [3, 'cutWorkerFromDrachtio'],
  [2, 'cutWorkerFromFreeswitch'],
  [3, 'cutWorkerFromServers'],
  [3, 'cutWorkerFromRedis'],
];

/** The shortest and the longest of each. */
const DURATION_MS: Readonly<Record<FaultKind, readonly [number, number]>> = {
  killWorker: [0, 3000],
  freezeWorker: [1000, 12_000],
  stopWorker: [0, 0],
  killRedis: [100, 5000],
  pauseRedis: [1000, 8000],
  cutConnections: [0, 0],
  killDrachtio: [100, 3000],
  killFreeswitch: [100, 3000],
  // Noticed after 4.5 s when no connection is closed.
  cutWorkerFromDrachtio: [100, 9000],
  cutWorkerFromFreeswitch: [100, 9000],
  cutWorkerFromServers: [100, 9000],
  // A lease is 6 s.
  cutWorkerFromRedis: [500, 10_000],
};

/** The same options give the same schedule, always. `kinds`: the faults that can be injected here. */
export function makeSchedule(options: ScheduleOptions, kinds: readonly FaultKind[] = FAULT_KINDS): Schedule {
  const random = new Random(options.seed);
  const workers = random.between(2, 4);
  const drainSeconds = random.between(0, 3);
  const jobs = Array.from({ length: options.jobs }, (_, index) => planJob(random, index, options));
  return {
    workers,
    drainSeconds,
    jobs: jobs.sort((a, b) => a.atMs - b.atMs),
    faults: planFaults(random, options, kinds, workers),
  };
}

/** Each kind once before any comes again; spread over the run, so that some overlap and some do not. */
function planFaults(
  random: Random,
  { faults, seconds }: ScheduleOptions,
  kinds: readonly FaultKind[],
  workers: number,
): Fault[] {
  const first = random.shuffled(kinds);
  const possible = WEIGHTS.filter(([, kind]) => kinds.includes(kind));
  const spacingMs = (seconds * 1000) / Math.max(1, faults);
  return Array.from({ length: faults }, (_, index) => {
    const kind = first[index] ?? random.weighted(possible);
    const [shortestMs, longestMs] = DURATION_MS[kind];
    return {
      atMs: Math.round((index + random.next()) * spacingMs),
      kind,
      worker: kind.includes('Worker') ? random.between(0, workers - 1) : null,
      // A short run has short faults.
      durationMs: random.between(shortestMs, Math.max(shortestMs, Math.min(longestMs, seconds * 300))),
      manner: kind.startsWith('cutWorker') ? (MANNERS[random.between(0, 2)] as Manner) : null,
    };
  }).sort((a, b) => a.atMs - b.atMs);
}

interface Terms {
  job: Partial<CallJobInput>;
  /** The agent that it is bridged to; absent: none. */
  agent?: string;
  lastsMs: number;
}

/** What callees take to ring and answer, or to refuse. */
const RINGS_MS = 2500;

/** Callees of the lab, as often as each is called, and the terms that go with them. */
const CALLEES: ReadonlyArray<
  readonly [weight: number, callee: readonly [string, (random: Random) => Terms]]
> = [
  [18, ['busy', patient]],
  [6, ['not-found', patient]],
  [8, ['rejects', patient]],
  [4, ['unavailable', patient]],
  [3, ['congestion', patient]],
  [3, ['gone', patient]],
  [16, ['no-answer', impatient]],
  [5, ['crosses', impatient]],
  [18, ['human', talkative]],
  [4, ['human', withBot]],
  [4, ['early-media', talkative]],
  [4, ['mute', talkative]],
  [9, ['hangs-up', patient]],
  [6, ['patient', bridged]],
];

function planJob(random: Random, index: number, { seed, seconds }: ScheduleOptions): PlannedJob {
  const id = `chaos-${seed}-${index}`;
  const [callee, termsOf] = random.weighted(CALLEES);
  const terms = termsOf(random);
  return {
    atMs: random.between(0, seconds * 1000),
    job: {
      id,
      callTo: `sip:${callee}@lab`,
      headers: { 'X-Job': id },
      ...(random.chance(0.3) ? { codecs: random.chance(0.5) ? 'g711a;g711u' : 'g711u' } : {}),
      ...terms.job,
      ...(terms.agent === undefined ? {} : { onAnswered: planOf(id, terms.agent) }),
    },
    expiresAfterMs: random.chance(0.05) ? random.between(200, 5000) : null,
    cancelAfterMs: random.chance(0.08) ? random.between(0, 3000) : null,
    lastsMs: terms.lastsMs,
  };
}

/** Agents of every kind, as the lab has them. */
const AGENTS = ['agent', 'agent-leaves', 'no-answer', 'busy', 'rejects'] as const;
const AGENT_SECONDS = 2;

/** The agent's leg is known by a job of its own in the callees' log. */
export function agentOf(jobId: string): string {
  return `${jobId}-agent`;
}

function planOf(id: string, agent: string): NonNullable<CallJobInput['onAnswered']> {
  return {
    otherwise: [
      {
        ...{ step: 'bridge', to: `sip:${agent}@lab`, headers: { 'X-Job': agentOf(id) }, ringback: null },
        ...{ secondsTimeout: AGENT_SECONDS, maxDurationSeconds: AGENT_SECONDS },
      },
    ],
  };
}

/** For those who are given an agent. */
function bridged(random: Random): Terms {
  const agent = AGENTS[random.between(0, AGENTS.length - 1)] as string;
  const lastsMs = 2 * RINGS_MS + 2 * AGENT_SECONDS * 1000;
  return { job: { secondsTimeout: random.between(4, 20) }, agent, lastsMs };
}

function patient(random: Random): Terms {
  return { job: { secondsTimeout: random.between(5, 20) }, lastsMs: RINGS_MS };
}

/** For those who ring until the caller has had enough. */
function impatient(random: Random): Terms {
  const secondsTimeout = random.between(3, 30) / 10;
  return { job: { secondsTimeout }, lastsMs: secondsTimeout * 1000 };
}

/** For those who answer, and stay on the line longer than anybody keeps them. */
function talkative(random: Random): Terms {
  const isForgotten = random.chance(0.15);
  const holdMs = isForgotten ? random.between(500, 3000) : random.between(50, 4000);
  const isDetected = random.chance(0.15);
  const lsdTimeoutMilliseconds = random.between(1000, 2500);
  return {
    job: {
      secondsTimeout: random.between(4, 20),
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: isForgotten ? null : holdMs }] },
      maxDurationSeconds: isForgotten ? holdMs / 1000 : 60,
      ...(random.chance(0.5) ? { recordCall: 'call' } : {}),
      ...(isDetected
        ? { liveSpeakerDetect: 'TIMEOUT_FROM_ANSWER_DETECT' as const, lsdTimeoutMilliseconds }
        : {}),
    },
    lastsMs: RINGS_MS + holdMs + (isDetected ? lsdTimeoutMilliseconds : 0),
  };
}

/** Stands for the place of the voice bots, which is known only once they run. */
const BOTS = 'ws://bots.lab';

/** For those who are connected to a voice bot, which may die, or never have enough. */
function withBot(random: Random): Terms {
  const does = random.weighted<'dies' | 'goes' | 'stays'>([
    [2, 'dies'],
    [1, 'goes'],
    [1, 'stays'],
  ]);
  const botMs = random.between(100, 3000);
  const secondsTimeout = random.between(10, 40) / 10;
  const stream = { step: 'stream', url: `${BOTS}/${does}/${botMs}`, secondsTimeout } as const;
  return {
    job: {
      secondsTimeout: random.between(4, 20),
      recordCall: 'call',
      onAnswered: { otherwise: [{ ...stream, onFailed: [{ step: 'hold', milliseconds: 300 }] }] },
      maxDurationSeconds: 60,
    },
    lastsMs: RINGS_MS + secondsTimeout * 1000 + 300,
  };
}

/** The job with the voice bots at their place. */
export function withBots(job: PlannedJob['job'], botsUrl: string): PlannedJob['job'] {
  return JSON.parse(JSON.stringify(job).replaceAll(BOTS, botsUrl));
}
