import {
  type CallEvent,
  type CallResult,
  type CallTimings,
  type EarlyMedia,
  type EndedRecord,
  type FarEndType,
  type RawCause,
  UNHEARD_EARLY_MEDIA,
  type Verdict,
  type WaitOutcome,
  withNetworkTone,
} from '@outdial/contract';

/** What a channel knows of its call. */
export interface CallDetails {
  jobId: string | null;
  callId: string | null;
  farEndType: FarEndType;
  rawCause: RawCause;
  verdict: Verdict | null;
  /** How the last `waitForAnswerMachine` ended. */
  wait: WaitOutcome | null;
  rang: boolean;
  /** What was heard of the callee's side before the answer, so far; null: it could not be heard. */
  earlyMedia: EarlyMedia | null;
  codec: string | null;
  error: { code: string; message: string } | null;
  timings: CallTimings;
}

export function noDetails(jobId: string | null = null): CallDetails {
  return {
    jobId,
    callId: null,
    farEndType: 'UNKNOWN',
    rawCause: { sipStatus: null, sipReason: null, q850: null },
    verdict: null,
    wait: null,
    rang: false,
    earlyMedia: null,
    codec: null,
    error: null,
    timings: {},
  };
}

/** The details once an event of the call's progress is known. */
export function withProgress(
  details: CallDetails,
  event: Exclude<CallEvent, { type: 'waitEnded' | 'commandEnded' | 'result' | 'ended' }>,
): CallDetails {
  const known = { ...details, callId: event.callId ?? details.callId };
  const at = (timings: CallTimings) => ({ ...details.timings, ...timings });
  switch (event.type) {
    case 'calling':
      return { ...known, timings: at({ callingAt: event.at }) };
    case 'ringing':
      return {
        ...known,
        rang: true,
        earlyMedia: known.earlyMedia ?? (event.earlyMedia ? UNHEARD_EARLY_MEDIA : null),
        timings: at({ ringingAt: event.at }),
      };
    case 'networkTone': {
      const { kind, atMs, frequencies } = event;
      return { ...known, earlyMedia: withNetworkTone(known.earlyMedia, { kind, atMs, frequencies }) };
    }
    case 'answered':
      return { ...known, codec: event.codec, timings: at({ answeredAt: event.at }) };
    case 'verdict':
      return { ...withVerdict(known, event.verdict), timings: at({ verdictAt: event.at }) };
    case 'revised':
      return withVerdict(known, event.verdict);
    case 'stepStarted':
    case 'stepEnded':
    case 'notified':
    case 'recordingStarted':
    case 'recordingEnded':
    case 'leg':
      return known;
  }
}

export function withResult(details: CallDetails, result: CallResult): CallDetails {
  const { callId, farEndType, rawCause, verdict, rang, earlyMedia, codec, error, timings } = result;
  return { ...details, callId, farEndType, rawCause, verdict, rang, earlyMedia, codec, error, timings };
}

export function withEnded(details: CallDetails, ended: EndedRecord): CallDetails {
  const { farEndType, verdict, error, timings, q850 } = ended;
  return { ...details, farEndType, verdict, error, timings, rawCause: { ...details.rawCause, q850 } };
}

function withVerdict(details: CallDetails, verdict: Verdict): CallDetails {
  return { ...details, verdict, farEndType: verdict.farEndType };
}
