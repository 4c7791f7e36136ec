import {
  buildEndedRecord,
  buildResult,
  type CallIdentity,
  type CallResult,
  type EndedRecord,
  type PlanStep,
  type Verdict,
  waitParametersSchema,
} from '@outdial/contract';
import { createActor, SimulatedClock } from 'xstate';
import { callStateOf } from '../src/call-state.js';
import type { CallEffects, LegEffects, RecordEffects } from '../src/effects.js';
import type { CallMachineEvent } from '../src/events.js';
import { callMachine } from '../src/machine.js';
import type { CallTerms } from '../src/timers.js';

type AllEffects = LegEffects & RecordEffects;
export type Effect = {
  [Name in keyof AllEffects]: { name: Name; params: Parameters<AllEffects[Name]>[0] };
}[keyof AllEffects];

const LIVE_STEPS: PlanStep[] = [{ step: 'hold', milliseconds: null }];
const MACHINE_STEPS: PlanStep[] = [{ step: 'hangUp' }];

export const IMMEDIATE_STEPS: PlanStep[] = [{ step: 'notify', name: 'hello', data: {} }];
export const ORPHAN_STEPS: PlanStep[] = [{ step: 'notify', name: 'good-bye', data: {} }];
export const COMMANDED_STEPS: PlanStep[] = [{ step: 'notify', name: 'asked', data: {} }];

export const TERMS: CallTerms = {
  secondsTimeout: 20,
  liveSpeakerDetect: null,
  lsdTimeoutMilliseconds: 5000,
  maxDurationSeconds: 3600,
  silenceHangUpSeconds: null,
  earlyMedia: { hangUpOn: [] },
  onAnswered: {
    LIVE: LIVE_STEPS,
    ANSWER_MACHINE: MACHINE_STEPS,
    onRevised: 'answerMachine',
    onVerdict: 'machine',
  },
};
export const LIVE_PLAN = { steps: LIVE_STEPS };
export const MACHINE_PLAN = { steps: MACHINE_STEPS };
export const WITH_LSD: CallTerms = { ...TERMS, liveSpeakerDetect: 'DEFAULT' };

/** Speaks before it is known who answered, and has an app. */
export const SPEAKS_AT_ONCE: CallTerms = {
  ...WITH_LSD,
  onAnswered: { ...TERMS.onAnswered, immediately: IMMEDIATE_STEPS },
  onOrphaned: ORPHAN_STEPS,
};

export const HANGS_UP_EARLY: CallTerms = {
  ...WITH_LSD,
  earlyMedia: { hangUpOn: ['sit', 'busy', 'congestion', 'mailbox'] },
};

/** Epoch milliseconds at which every call under test begins. */
export const START = 1_700_000_000_000;

export const IDENTITY: CallIdentity = {
  jobId: 'job-1',
  callId: 'call-1',
  callTo: 'sip:human@lab',
  callFrom: null,
  lane: 'default',
  label: null,
  resultsQueue: 'results',
  trunk: null,
  workerId: 'worker-1',
  metadata: { campaign: 'spring' },
};

export const LIVE: Verdict = {
  farEndType: 'LIVE',
  kind: 'human',
  confidence: 0.9,
  decidedAfterMs: 1200,
  evidence: '0.6 s of speech, then 0.6 s of silence',
};
export const MACHINE: Verdict = { ...LIVE, farEndType: 'ANSWER_MACHINE', kind: 'voicemail' };

/** Effects that only remember that they were asked for. */
export function recordingEffects(): { effects: CallEffects; performed: Effect[] } {
  const performed: Effect[] = [];
  const all = new Proxy({} as AllEffects, {
    get: (_, name) => (params: unknown) => performed.push({ name, params } as Effect),
  });
  return { effects: { leg: all, records: all }, performed };
}

/** A call on a simulated clock, at IDLE. */
export function startCall(terms: CallTerms = TERMS) {
  const clock = new SimulatedClock();
  const now = () => START + clock.now();
  const { effects, performed } = recordingEffects();
  const actor = createActor(callMachine, { clock, input: { terms, now, effects } });
  actor.start();
  let taken = 0;
  const paramsOf = <Name extends Effect['name']>(name: Name) =>
    performed.filter((effect) => effect.name === name).map(({ params }) => params) as Parameters<
      AllEffects[Name]
    >[0][];

  const call = {
    actor,
    clock,
    now,
    /** Every effect so far, in order. */
    performed,
    paramsOf,
    send(...events: CallMachineEvent[]) {
      for (const event of events) actor.send(event);
      return call;
    },
    wait(milliseconds: number) {
      clock.increment(milliseconds);
      return call;
    },
    /** The names of the effects since the last time that they were taken. */
    effects(): string[] {
      const fresh = performed.slice(taken).map(({ name }) => name);
      taken = performed.length;
      return fresh;
    },
    get state() {
      return callStateOf(actor.getSnapshot());
    },
    get done() {
      return actor.getSnapshot().status === 'done';
    },
    get results(): CallResult[] {
      return paramsOf('publishResult').map((outcome) => buildResult(IDENTITY, outcome));
    },
    get ended(): EndedRecord[] {
      return paramsOf('publishEnded').map((ending) => buildEndedRecord(IDENTITY, ending));
    },
    get result(): CallResult {
      const [result, ...others] = call.results;
      if (result === undefined || others.length > 0) throw new Error(`${call.results.length} results`);
      return result;
    },
  };
  return call;
}

export type CallUnderTest = ReturnType<typeof startCall>;

export const invited = { type: 'invited', at: START, stackTxnId: 'txn-1' } as const;
export const rings = { type: 'progressed', at: START, status: 180, rings: true, earlyMedia: false } as const;
export const ringsInBand = {
  type: 'progressed',
  at: START,
  status: 183,
  rings: true,
  earlyMedia: true,
} as const;
export const ringbackHeard = {
  type: 'networkToneHeard',
  tone: { kind: 'ringback', atMs: 900, frequencies: [425] },
} as const;
export const busyHeard = {
  type: 'networkToneHeard',
  tone: { kind: 'busy', atMs: 3300, frequencies: [425] },
} as const;
export const mailboxHeard = { type: 'mailboxHeard' } as const;
export const trying = {
  type: 'progressed',
  at: START,
  status: 100,
  rings: false,
  earlyMedia: false,
} as const;
export const mediaConnected = { type: 'mediaConnected', at: START } as const;
export const released = { type: 'released', at: START, rawCause: null } as const;
export const cancelRequested = { type: 'cancelRequested' } as const;
export const drainExpired = { type: 'drainExpired' } as const;
export const claimLost = { type: 'claimLost' } as const;
export const silenceReached = { type: 'silenceReached' } as const;
export const stepStarted = { type: 'stepStarted', step: 'play' } as const;
export const stepFinished = { type: 'stepEnded', outcome: 'finished', error: null } as const;
export const stepFailed = {
  type: 'stepEnded',
  outcome: 'failed',
  error: { code: 'PLAY_FAILED', message: 'FreeSWITCH cannot find or open /missing.wav' },
} as const;
export const planEnded = { type: 'planEnded' } as const;
export const stepsHangUp = { type: 'planEnded', hangsUp: true } as const;
export const stepsRequested = {
  type: 'stepsRequested',
  commandId: 'command-1',
  steps: COMMANDED_STEPS,
} as const;
export const otherStepsRequested = { ...stepsRequested, commandId: 'command-2' } as const;
export const besideRequested = {
  type: 'stepBesideRequested',
  commandId: 'command-4',
  step: { step: 'pauseRecording' },
} as const;
export const besideEnded = {
  type: 'stepBesideEnded',
  commandId: 'command-4',
  step: 'pauseRecording',
  outcome: 'finished',
  error: null,
  data: null,
} as const;
export const stepEndRequested = {
  type: 'stepEndRequested',
  commandId: 'command-3',
  kinds: ['play'],
} as const;
export const ownerSeen = { type: 'ownerSeen' } as const;
export const ownerLost = { type: 'ownerLost' } as const;
export const lost = { type: 'lost', at: START, part: 'drachtio', address: '127.0.0.1:9022' } as const;
export const hungUp = { type: 'hungUp', at: START, cause: 'NORMAL', q850: 16 } as const;
export const mediaFailed = { type: 'mediaFailed', at: START, message: 'no endpoint' } as const;
export const verdictReached = { type: 'verdictReached', verdict: LIVE } as const;
export const verdictRevised = { type: 'verdictRevised', verdict: MACHINE } as const;
export const waitRequested = {
  type: 'waitRequested',
  waitId: 'wait-1',
  parameters: waitParametersSchema.parse({}),
} as const;
export const waitEnded = {
  type: 'waitEnded',
  waitId: 'wait-1',
  outcome: { trigger: 'beep', isReady: true, atMs: 7800 },
} as const;
export const busy = {
  type: 'rejected',
  at: START,
  cause: 'BUSY',
  rawCause: { sipStatus: 486, sipReason: 'Busy Here', q850: 17 },
} as const;
/** The INVITE could not be sent: the fault is ours. */
export const rejectedUnsent = {
  type: 'rejected',
  at: START,
  cause: 'ERROR',
  rawCause: { sipStatus: null, sipReason: null, q850: null },
  error: { code: 'NO_FREESWITCH', message: 'no endpoint' },
} as const;
export const requestTerminated = {
  type: 'rejected',
  at: START,
  cause: 'OTHER',
  rawCause: { sipStatus: 487, sipReason: 'Request Terminated', q850: null },
} as const;

/** The 200, at the call's own time. */
export function answered(call: Pick<CallUnderTest, 'now'>) {
  return { type: 'answered', stackDialogId: 'dialog-1', codec: 'PCMA', at: call.now() } as const;
}

/** One event of every kind, and of every kind that a guard tells apart. */
export const EVERY_EVENT = {
  dial: [{ type: 'dial' }],
  invited: [invited],
  progressed: [trying, rings, ringsInBand],
  networkToneHeard: [ringbackHeard, busyHeard],
  mailboxHeard: [mailboxHeard],
  answered: [{ type: 'answered', stackDialogId: 'dialog-1', codec: 'PCMA', at: START }],
  mediaConnected: [mediaConnected],
  mediaFailed: [mediaFailed],
  rejected: [busy, rejectedUnsent],
  hungUp: [hungUp],
  released: [released],
  lost: [lost],
  verdictReached: [verdictReached],
  verdictRevised: [verdictRevised],
  waitRequested: [waitRequested],
  waitEnded: [waitEnded],
  cancelRequested: [cancelRequested],
  stepStarted: [stepStarted],
  stepEnded: [stepFinished, stepFailed],
  planEnded: [planEnded, stepsHangUp],
  stepsRequested: [stepsRequested, otherStepsRequested],
  stepEndRequested: [stepEndRequested],
  stepBesideRequested: [besideRequested],
  stepBesideEnded: [besideEnded],
  ownerSeen: [ownerSeen],
  ownerLost: [ownerLost],
  silenceReached: [silenceReached],
  drainExpired: [drainExpired],
  claimLost: [claimLost],
} as const satisfies {
  [Type in CallMachineEvent['type']]: readonly Extract<CallMachineEvent, { type: Type }>[];
};

/** A call that has been ringing for two seconds. */
export function ringingCall(terms?: CallTerms): CallUnderTest {
  const call = startCall(terms).send({ type: 'dial' }, invited).wait(2000).send(rings);
  call.effects();
  return call;
}

/** A call that was answered after five seconds, its media connected. */
export function answeredCall(terms?: CallTerms): CallUnderTest {
  const call = ringingCall(terms).wait(3000);
  call.send(answered(call), mediaConnected);
  call.effects();
  return call;
}
