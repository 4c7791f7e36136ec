import { describe, expect, it } from 'vitest';
import {
  CODECS,
  DEFAULTS,
  OutdialError,
  parseCallJob,
  parseCodecs,
  planSchema,
  stepsFor,
} from '../src/index.js';

function refusal(input: unknown): OutdialError {
  try {
    parseCallJob(input);
  } catch (error) {
    if (error instanceof OutdialError) return error;
    throw error;
  }
  throw new Error('the job was taken');
}

const job = { id: 'job-1', callTo: 'sip:human@lab' };

describe('a call job', () => {
  it('has the defaults of the reference API', () => {
    expect(parseCallJob(job)).toEqual({
      id: 'job-1',
      callTo: 'sip:human@lab',
      codecs: null,
      anonymous: false,
      earlyMedia: { hangUpOn: [] },
      secondsTimeout: 120,
      liveSpeakerDetect: null,
      lsdTimeoutMilliseconds: 5000,
      lane: 'default',
      resultsQueue: 'results',
      headers: {},
      recordCall: null,
      capture: null,
      silenceHangUpSeconds: 60,
      maxDurationSeconds: 14_400,
      onAnswered: { otherwise: [], onRevised: 'answerMachine', onVerdict: 'machine' },
      metadata: {},
    });
  });

  it('keeps secondsTimeout null, which means no timeout', () => {
    expect(parseCallJob({ ...job, secondsTimeout: null }).secondsTimeout).toBeNull();
  });

  it.each([
    { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
      tracestate: 'rojo=00f067aa0ba902b7, t61rcwkgmze@ven=a b,,',
    },
  ])('keeps the trace that it belongs to', (traceContext) => {
    expect(parseCallJob({ ...job, traceContext }).traceContext).toEqual(traceContext);
  });

  it.each([
    ['traceContext.traceparent', { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331' }],
    ['traceContext.traceparent', { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }],
    ['traceContext.traceparent', { tracestate: 'a=1' }],
    [
      'traceContext.tracestate',
      { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=1\r\nX: 1' },
    ],
  ])('is refused for a trace that cannot be: %s', (path, traceContext) => {
    expect(refusal({ ...job, traceContext }).issues).toMatchObject([{ path }]);
  });

  it('is the same after being stored as JSON and checked again', () => {
    const parsed = parseCallJob({
      ...job,
      codecs: 'G711A; g711u',
      headers: { 'X-Campaign': 'spring' },
      metadata: { n: 1 },
    });
    expect(parseCallJob(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });

  it('to a telephone number needs a callFrom', () => {
    expect(refusal({ id: 'a', callTo: 'tel:+441632960001' }).issues).toEqual([
      { path: 'callFrom', message: 'a telephone number needs a callFrom' },
    ]);
    expect(parseCallJob({ id: 'a', callTo: 'tel:+441632960001', callFrom: '+441632960999' }).callFrom).toBe(
      '+441632960999',
    );
  });

  it.each([
    ['callTo', { ...job, callTo: 'sip:a b@c' }],
    ['id', { ...job, id: 'has space' }],
    ['id', { ...job, id: '12345' }],
    ['secondsTimeout', { ...job, secondsTimeout: 0 }],
    ['secondsTimeout', { ...job, secondsTimeout: '120' }],
    ['lsdTimeoutMilliseconds', { ...job, lsdTimeoutMilliseconds: 499 }],
    ['lsdTimeoutMilliseconds', { ...job, lsdTimeoutMilliseconds: 10_001 }],
    ['liveSpeakerDetect', { ...job, liveSpeakerDetect: 'ON' }],
    ['codecs', { ...job, codecs: 'g711a;g726' }],
    ['codecs', { ...job, codecs: 'g711a;g711a' }],
    ['callFrom', { ...job, callFrom: 'bob\r\nX: y' }],
    ['headers.X-A', { ...job, headers: { 'X-A': 'one\r\nRoute: <sip:evil>' } }],
    ['headers.Call-ID', { ...job, headers: { 'Call-ID': 'mine' } }],
    ['headers.via', { ...job, headers: { via: 'SIP/2.0/UDP evil' } }],
    ['headers.constructor', { ...job, headers: { constructor: 'x' } }],
    ['headers.X A', { ...job, headers: { 'X A': 'b' } }],
    ['headers.x-a', { ...job, headers: { 'X-A': '1', 'x-a': '2' } }],
    ['onAnswered.otherwise.0.step', { ...job, onAnswered: { otherwise: [{ step: 'dance' }] } }],
    [
      'onAnswered.otherwise.0.source',
      { ...job, onAnswered: { otherwise: [{ step: 'play', source: 'a b' }] } },
    ],
  ])('is refused with the path %s', (path, input) => {
    const error = refusal(input);
    expect(error.code).toBe('INVALID_JOB');
    expect(error.issues.map((issue) => issue.path)).toEqual([path]);
    expect(error.message).toContain(path);
  });

  it('is refused with the offending value, shortened', () => {
    expect(refusal({ ...job, secondsTimeout: -3 }).issues[0]?.value).toBe(-3);
    expect(refusal({ ...job, callTo: `sip:${' '.repeat(900)}@x` }).message.length).toBeLessThan(300);
  });

  it('with a misspelt field is refused, not half understood', () => {
    expect(refusal({ ...job, secondTimeout: 3 }).message).toContain('secondTimeout');
  });

  it.each([[null], [undefined], [42], ['job'], [[]], [() => 1]])('that is %s is refused', (input) => {
    expect(refusal(input).code).toBe('INVALID_JOB');
  });

  it('is at most 64 KiB of JSON', () => {
    const pad = (bytes: number) => ({ ...job, metadata: { pad: 'x'.repeat(bytes) } });
    const overhead = JSON.stringify(parseCallJob(pad(0))).length;
    const largest = parseCallJob(pad(DEFAULTS.jobBytesMax - overhead));
    const message = refusal(pad(DEFAULTS.jobBytesMax - overhead + 1)).message;
    expect(message).toContain('with its defaults is 65537 bytes');
    expect(refusal(pad(DEFAULTS.jobBytesMax)).message).not.toContain('defaults');
    // As the worker reads it, which may find a trace in it.
    const traceContext = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    expect(parseCallJob(largest)).toEqual(largest);
    expect(parseCallJob({ ...largest, traceContext }).traceContext).toEqual(traceContext);
  });

  it('is nested at most 64 levels deep', () => {
    const nested = (levels: number) => {
      const text = `${'['.repeat(levels)}"{[\\"["${']'.repeat(levels)}`;
      return { ...job, metadata: { deep: JSON.parse(text) } };
    };
    expect(parseCallJob(nested(DEFAULTS.jobLevelsMax - 2)).id).toBe('job-1');
    expect(refusal(nested(DEFAULTS.jobLevelsMax - 1)).message).toContain('65 levels deep');
    expect(refusal(nested(4000)).code).toBe('INVALID_JOB');
    expect(refusal(nested(30_000)).code).toBe('INVALID_JOB');
  });

  it.each(['wait', 'active', 'meta', 'id', 'stalled-check'])(
    'may not be called %s, which is a key of the queue itself',
    (id) => expect(refusal({ ...job, id }).issues[0]?.path).toBe('id'),
  );

  it('that is wrong in thousands of ways is refused in a few words', () => {
    const headers = Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`a b${index}`, '']));
    const refused = refusal({ ...job, headers, ['x'.repeat(1000)]: 1 });
    expect(refused.issues.length).toBeGreaterThan(4000);
    expect(refused.message.length).toBeLessThan(5000);
    expect(refused.message).toMatch(/; and \d+ more$/);
  });

  it('that refers to itself is refused', () => {
    const circular: Record<string, unknown> = { ...job, metadata: null };
    Object.assign(circular, { metadata: circular });
    expect(refusal(circular).message).toContain('not JSON');
  });
});

describe('codecs', () => {
  it('keep their order of priority', () => {
    expect(parseCodecs('opus;g722;g711u;g711a;g729')).toEqual(['opus', 'g722', 'g711u', 'g711a', 'g729']);
    expect(CODECS.g722.clockRate).toBe(8000);
  });
});

describe('a plan', () => {
  it('takes the steps of what answered, else the otherwise steps', () => {
    const plan = planSchema.parse({
      LIVE: [{ step: 'hold', milliseconds: null }],
      otherwise: [{ step: 'hangUp' }],
    });
    expect(stepsFor(plan, 'LIVE')).toEqual([{ step: 'hold', milliseconds: null }]);
    expect(stepsFor(plan, 'UNKNOWN')).toEqual([{ step: 'hangUp' }]);
  });

  it('treats who is UNKNOWN as a person, unless it says otherwise', () => {
    const LIVE = [{ step: 'hold' as const, milliseconds: null }];
    const steps = (more: object, type: 'UNKNOWN' | 'ANSWER_MACHINE') =>
      stepsFor(planSchema.parse({ LIVE, ...more }), type);
    expect(steps({}, 'UNKNOWN')).toEqual(LIVE);
    expect(steps({}, 'ANSWER_MACHINE')).toEqual([]);
    expect(steps({ otherwise: [] }, 'UNKNOWN')).toEqual([]);
    expect(steps({ UNKNOWN: [{ step: 'hangUp' }] }, 'UNKNOWN')).toEqual([{ step: 'hangUp' }]);
    expect(stepsFor(planSchema.parse({}), 'UNKNOWN')).toEqual([]);
  });

  it('waits for an answering machine with the reference’s defaults', () => {
    const plan = planSchema.parse({ ANSWER_MACHINE: [{ step: 'waitForAnswerMachine' }] });
    expect(plan.ANSWER_MACHINE).toEqual([
      {
        step: 'waitForAnswerMachine',
        millisecondsMinBeepDuration: 180,
        millisecondsPostBeepSilence: 1000,
        millisecondsNoBeepSilence: 4000,
        secondsTimeout: 10,
        onTimeout: 'hangUp',
      },
    ]);
    for (const wrong of [{ secondsTimeout: 0 }, { millisecondsNoBeepSilence: -1 }, { beep: 1 }])
      expect(planSchema.safeParse({ otherwise: [{ step: 'waitForAnswerMachine', ...wrong }] }).success).toBe(
        false,
      );
  });
});
