import { type CallResult, callResultSchema } from '@outdial/contract';

/** A result as the contract has it: rejected with 486 Busy Here, but for what `changes` say. */
export function makeResult(changes: Partial<CallResult> = {}): CallResult {
  return callResultSchema.parse({
    jobId: 'job-1',
    callId: 'call-1',
    callTo: 'sip:busy@lab',
    callFrom: null,
    lane: 'default',
    trunk: null,
    workerId: 'worker-1',
    metadata: {},
    state: 'IDLE',
    cause: 'BUSY',
    rawCause: { sipStatus: 486, sipReason: 'Busy Here', q850: null },
    rang: false,
    earlyMedia: null,
    farEndType: 'UNKNOWN',
    verdict: null,
    codec: null,
    error: null,
    timings: { callingAt: 1000, endedAt: 1250 },
    timeToRingMs: null,
    timeToAnswerMs: null,
    timeToVerdictMs: null,
    ...changes,
  });
}

/** Of a call that a person answered. */
export function makeAnswered(changes: Partial<CallResult> = {}): CallResult {
  return makeResult({
    callTo: 'tel:+441632960001',
    state: 'ANSWERED',
    cause: 'NORMAL',
    rawCause: { sipStatus: 200, sipReason: 'OK', q850: null },
    rang: true,
    farEndType: 'LIVE',
    verdict: {
      farEndType: 'LIVE',
      kind: 'human',
      confidence: 0.934,
      decidedAfterMs: 1800,
      evidence: 'hello',
    },
    codec: 'PCMA',
    timings: { callingAt: 1000, ringingAt: 1100, answeredAt: 2000, verdictAt: 3800 },
    timeToRingMs: 100,
    timeToAnswerMs: 1000,
    timeToVerdictMs: 1800,
    ...changes,
  });
}
