import {
  buildResult,
  type CallResult,
  callIdentity,
  endedRecordOf,
  ledgerKeys,
  parseCallJob,
} from '@outdial/contract';
import { indexFacts } from '@outdial/ledger';
import { Redis } from 'ioredis';

/** Calls that are written together. */
const TOGETHER = 2000;
const LABELS = ['spring-renewals', 'survey', 'reminders'];
const PREFIX = '{outdial}';

/** The digits of a call's number, all different. */
export const numberOf = (place: number): string => `44${1_632_000_000 + place}`;

/** Calls that are over, as the ledger keeps them: `customer-0` was the first. Nobody is dialled. */
export async function addEndedCalls(redisUrl: string, count: number): Promise<void> {
  const redis = new Redis(redisUrl);
  const { call, index } = ledgerKeys(PREFIX);
  try {
    for (let from = 0; from < count; from += TOGETHER) {
      const pipeline = redis.pipeline();
      for (let place = from; place < Math.min(from + TOGETHER, count); place++) {
        const result = resultOf(place);
        const ended = endedRecordOf(result, { endedBy: 'CALLEE', endedAt: Date.now() });
        pipeline.hset(call(result.jobId), {
          ...{ worker: result.workerId, claimedAt: result.timings.callingAt ?? 0, settledAt: Date.now() },
          ...{ phase: 'ended', released: '1', resultPublished: '1', result: JSON.stringify(result) },
          ...(result.state === 'ANSWERED' && { ended: JSON.stringify(ended), endedPublished: '1' }),
        });
        pipeline.xadd(index, '*', 'jobId', result.jobId, 'facts', indexFacts(result));
      }
      await pipeline.exec();
    }
  } finally {
    redis.disconnect();
  }
}

/** To check each of them as an app's would take most of the time. */
const JOB = parseCallJob({
  id: 'customer',
  callTo: 'tel:+441632000000',
  callFrom: '+441632960999',
  liveSpeakerDetect: 'DEFAULT',
});

/** Every third is answered, by a person or a machine; of the others, some are busy and some do not answer. */
function resultOf(place: number): CallResult {
  const job = {
    ...JOB,
    id: `customer-${place}`,
    callTo: `tel:+${numberOf(place)}`,
    label: LABELS[place % LABELS.length] ?? '',
    metadata: { customer: place, language: 'en-GB' },
  };
  const callingAt = Date.now() - 20_000;
  const common = {
    ...buildResult(callIdentity(job, 'worker-1')),
    callId: `c0ffee00-1234-5678-9abc-${String(place).padStart(12, '0')}`,
    rang: true,
    timeToRingMs: 400,
  };
  if (place % 3 !== 0)
    return {
      ...common,
      state: 'IDLE',
      cause: place % 3 === 1 ? 'BUSY' : 'NOANSWER',
      rawCause: { ...common.rawCause, sipStatus: place % 3 === 1 ? 486 : 487 },
      timings: { callingAt, ringingAt: callingAt + 400, endedAt: callingAt + 9000 },
    };
  const isLive = place % 2 === 0;
  return {
    ...common,
    state: 'ANSWERED',
    cause: 'NORMAL',
    rawCause: { ...common.rawCause, sipStatus: 200, sipReason: 'OK' },
    farEndType: isLive ? 'LIVE' : 'ANSWER_MACHINE',
    verdict: {
      farEndType: isLive ? 'LIVE' : 'ANSWER_MACHINE',
      kind: isLive ? 'human' : 'voicemail',
      confidence: 0.93,
      decidedAfterMs: 1200,
      evidence: isLive ? 'a short greeting, then silence' : 'the beep of an answering machine',
    },
    codec: 'PCMA',
    timings: { callingAt, ringingAt: callingAt + 400, answeredAt: callingAt + 5000 },
    timeToAnswerMs: 5000,
    timeToVerdictMs: 1200,
  };
}
