import { z } from 'zod';
import { callerNameSchema, callFromSchemaFor } from '../../address/caller-id.js';
import { callToSchemaFor } from '../../address/destination.js';
import type { PhoneNumberOptions } from '../../address/phone-number.js';
import { sipHeadersSchema } from '../../job/sip-headers.js';
import { RINGBACK } from './ringback.js';
import { sourcesSchema } from './source.js';

/** Hands the callee over to another. `steps` is the schema of the steps that follow a failure; `options`: how numbers are read. */
export function transferStepSchemaWith<Steps extends z.ZodType>(steps: Steps, options: PhoneNumberOptions) {
  return z.strictObject({
    step: z.literal('transfer'),
    /** Whom the callee is to go on with: a telephone number or a SIP address, read as the job's `callTo` is. */
    to: callToSchemaFor(options),
    /**
     * Whether the target is dialled first, and the callee is asked to take our place in that call (RFC 3891). Otherwise the
     * callee's side calls the target itself.
     */
    attended: z.boolean().default(false),
    /** Seconds for the target to answer, at most 600. */
    secondsTimeout: z.number().positive().max(600).default(30),
    /** SIP headers of the REFER, by name. */
    headers: sipHeadersSchema.default({}),
    /** The caller id that the target sees when it is dialled first. Absent: the job's `callFrom`. */
    callFrom: callFromSchemaFor(options).optional(),
    /** The display name beside it. */
    callerName: callerNameSchema.optional(),
    /** The trunk by which it is dialled first; absent: the first that takes the number and allows the caller id. */
    trunk: z.string().min(1).max(64).optional(),
    /** Played to the callee, again and again, while the target is dialled first; null: silence. */
    ringback: z.union([...sourcesSchema.options, z.null()]).default(RINGBACK),
    /** Steps for when the callee was not handed over, taken before the plan goes on. */
    onFailed: steps.optional(),
  });
}

type Transfer = z.output<ReturnType<typeof transferStepSchemaWith<z.ZodType>>>;
/** A transfer, whose `onFailed` holds steps of this type. */
export interface TransferStep<Step> extends Omit<Transfer, 'onFailed'> {
  onFailed?: Step[] | undefined;
}
type TransferInput = z.input<ReturnType<typeof transferStepSchemaWith<z.ZodType>>>;
/** The same, as a job may have it. */
export interface TransferStepInput<Step> extends Omit<TransferInput, 'onFailed'> {
  onFailed?: Step[] | undefined;
}
