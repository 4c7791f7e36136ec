import { z } from 'zod';
import { byCountry } from '../address/by-country.js';
import { callerNameSchema, callFromSchemaFor } from '../address/caller-id.js';
import { callToSchemaFor } from '../address/destination.js';
import { checkTargets } from '../plan/check-targets.js';
import { checkValues } from '../plan/check-values.js';
import { planSchemaFor } from '../plan/plan.js';
import { planStepsSchemaFor } from '../plan/plan-step.js';
import { recordingNameSchema } from '../plan/steps/record.js';
import { captureTermsSchema } from './capture-terms.js';
import { codecsSchema } from './codecs.js';
import { earlyMediaTermsSchema } from './early-media-terms.js';
import { DEFAULTS } from './job-defaults.js';
import { jobIdSchema } from './job-id.js';
import { LIVE_SPEAKER_DETECT_MODES } from './live-speaker-detect.js';
import { labelSchema, laneSchema, resultsQueueSchema } from './queue-names.js';
import { sipHeadersSchema } from './sip-headers.js';
import { traceContextSchema } from './trace-context.js';

/** zod: a call job whose numbers are read with a default country. */
export const callJobSchemaFor = byCountry((options) =>
  z
    .strictObject({
      id: jobIdSchema,
      /** A telephone number (`tel:+441632960001`, `+44 1632 960001`, or digits) or a SIP address. */
      callTo: callToSchemaFor(options),
      /** Caller id; required for telephone numbers. */
      callFrom: callFromSchemaFor(options).optional(),
      /** The display name beside the caller id; many networks do not pass it on. */
      callerName: callerNameSchema.optional(),
      /** Whether the callee is not to see the caller id (RFC 3323); the trunk still checks it (default: false). */
      anonymous: z.boolean().default(false),
      /** Seconds from the INVITE to the answer, at most 3600 (default 120); null: no limit. */
      secondsTimeout: z.number().positive().max(3600).nullable().default(DEFAULTS.secondsTimeout),
      /** Codecs to offer, in order of priority, as `g711a;g711u`; null (default): the worker's default list. */
      codecs: codecsSchema.nullable().default(null),
      /** Whether to detect who answered, and when its time limit starts; null (default): no detection. */
      liveSpeakerDetect: z.enum(LIVE_SPEAKER_DETECT_MODES).nullable().default(null),
      /** Milliseconds that the detection may take, 500 to 10,000 (default 5000); then the far-end type is UNKNOWN. */
      lsdTimeoutMilliseconds: z
        .number()
        .int()
        .min(DEFAULTS.lsdTimeoutMillisecondsMin)
        .max(DEFAULTS.lsdTimeoutMillisecondsMax)
        .default(DEFAULTS.lsdTimeoutMilliseconds),
      /** What to do with what is heard before the answer. */
      earlyMedia: earlyMediaTermsSchema.default({ hangUpOn: [] }),
      /** The queue that the job waits in (default `default`), with rate and concurrency limits of its own. */
      lane: laneSchema.default(DEFAULTS.lane),
      /** Jobs of the same label are counted, and can be cancelled, together (default: none). */
      label: labelSchema.optional(),
      /** The queue that the result goes to (default `results`); its ended record goes to the queue beside that. */
      resultsQueue: resultsQueueSchema.default(DEFAULTS.resultsQueue),
      /** The trunk to use; absent: the first that takes the number and allows the caller id. */
      trunk: z.string().min(1).max(64).optional(),
      /** SIP headers of the INVITE, by name (default: none). */
      headers: sipHeadersSchema.default({}),
      /** Epoch milliseconds after which the job is no longer dialled. */
      expiresAt: z.number().int().positive().optional(),
      /** Seconds after the answer at which the call is hung up, at most 86,400 (default 14,400: 4 hours). */
      maxDurationSeconds: z
        .number()
        .positive()
        .max(DEFAULTS.maxDurationSecondsMax)
        .default(DEFAULTS.maxDurationSeconds),
      /**
       * Seconds without any audio packet from the callee after which an answered call is hung up, at most 3600 (default
       * 60); null: never. Time on hold does not count.
       */
      silenceHangUpSeconds: z.number().positive().max(3600).nullable().default(DEFAULTS.silenceHangUpSeconds),
      /**
       * Records both directions from the answer on, the callee left and our side right, under this name, as a step `record`
       * would; null (default): no.
       */
      recordCall: recordingNameSchema.nullable().default(null),
      /** What is kept of the call, to be looked at (`GET /v1/calls/ID/capture`); null (default): what the worker's configuration says of its lane. */
      capture: captureTermsSchema.nullable().default(null),
      /** What to do with an answered call (default: hang up). */
      onAnswered: planSchemaFor(options).default({
        otherwise: [],
        onRevised: 'answerMachine',
        onVerdict: 'machine',
      }),
      /**
       * Steps for when the app that has the call is lost, in place of what is left of the plan; then the call is hung up. With it
       * an app has the call from the answer on. Absent: what is left of the plan.
       */
      onOrphaned: planStepsSchemaFor(options).optional(),
      /** The campaign's own data, returned in the result and the ended record (default: none). */
      metadata: z.record(z.string(), z.json()).default({}),
      /** The trace that the call belongs to; absent: none. It is no part of what makes two jobs of one id the same. */
      traceContext: traceContextSchema.optional(),
    })
    .superRefine((job, context) => {
      if (job.callTo.startsWith('tel:') && job.callFrom === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['callFrom'],
          message: 'a telephone number needs a callFrom',
        });
      }
      for (const { path, message } of checkTargets(job, job.callFrom))
        context.addIssue({ code: 'custom', path, message });
      for (const { path, message, value } of checkValues(job, job))
        context.addIssue({ code: 'custom', path, message, input: value });
    }),
);

/** zod: a call job. Unknown fields are refused, so that a misspelt one is never ignored. */
export const callJobSchema = callJobSchemaFor();

/** A valid call job with every default filled in. */
export type CallJob = z.output<typeof callJobSchema>;
/** What a campaign app passes in; without an `id` one is generated. */
export type CallJobInput = Omit<z.input<typeof callJobSchema>, 'id'> & { id?: string };
