import { z } from 'zod';
import { callerNameSchema, callFromSchemaFor } from '../../address/caller-id.js';
import { callToSchemaFor } from '../../address/destination.js';
import type { PhoneNumberOptions } from '../../address/phone-number.js';
import { sipHeadersSchema } from '../../job/sip-headers.js';
import { RINGBACK } from './ringback.js';
import { sourcesSchema } from './source.js';

/** How several targets are dialled. */
export const BRIDGE_STRATEGIES = ['inTurn', 'atOnce'] as const;

/** The branches for what comes of a bridge. */
export const BRIDGE_BRANCHES = [
  /** The agent hung up. When the callee does, the call is over. */
  'agentHangUp',
  /** The bridge had `maxDurationSeconds`. */
  'maxDuration',
  /** It was ended by a command. */
  'unbridged',
  /** No target was free, answered in time, or took the call; `failed`: none could be reached. */
  'busy',
  'noAnswer',
  'rejected',
  'failed',
  /** Any of these four that has no branch of its own. */
  'unanswered',
] as const;
export type BridgeBranch = (typeof BRIDGE_BRANCHES)[number];

/** Dials an agent, and connects the callee and the agent. `steps` is the schema of a branch's steps; `options`: how numbers are read. */
export function bridgeStepSchemaWith<Steps extends z.ZodType>(steps: Steps, options: PhoneNumberOptions) {
  const target = callToSchemaFor(options);
  return z.strictObject({
    step: z.literal('bridge'),
    /** Whom to dial: a telephone number or a SIP address, read as the job's `callTo` is; or up to 16 of them. */
    to: z.union([target, z.array(target).min(1).max(16)]),
    /** `inTurn`: one after the other, until one takes the call. `atOnce`: all; the first to take it has it. */
    strategy: z.enum(BRIDGE_STRATEGIES).default('inTurn'),
    /** The caller id that the agent sees. Absent: the job's `callFrom`. */
    callFrom: callFromSchemaFor(options).optional(),
    /** The display name beside it. */
    callerName: callerNameSchema.optional(),
    /** Seconds for which each target may ring, at most 600. */
    secondsTimeout: z.number().positive().max(600).default(30),
    /** The trunk to use; absent: the first that takes the number and allows the caller id. */
    trunk: z.string().min(1).max(64).optional(),
    /** SIP headers of the INVITE, by name. */
    headers: sipHeadersSchema.default({}),
    /** Played to the callee, again and again, until the agent is connected; null: silence. */
    ringback: z.union([...sourcesSchema.options, z.null()]).default(RINGBACK),
    /** Played to the agent before he is connected. Absent: nothing. */
    whisper: sourcesSchema.optional(),
    /** The key by which the agent takes the call; null: answering is enough. */
    acceptOn: z
      .string()
      .regex(/^[0-9*#A-D]$/, 'a key is 0 to 9, *, # or A to D')
      .nullable()
      .default(null),
    /** Seconds for that key from the end of the whisper, at most 120. */
    secondsToAccept: z.number().positive().max(120).default(10),
    /** Seconds from the connection after which the agent is hung up, at most 86,400; null: the call's own limit. */
    maxDurationSeconds: z.number().positive().max(86_400).nullable().default(null),
    /** Steps for what comes of it, taken before the plan goes on. */
    branches: z.partialRecord(z.enum(BRIDGE_BRANCHES), steps).default({}),
  });
}

type Bridge = z.output<ReturnType<typeof bridgeStepSchemaWith<z.ZodType>>>;
/** A bridge, whose branches hold steps of this type. */
export interface BridgeStep<Step> extends Omit<Bridge, 'branches'> {
  branches: Partial<Record<BridgeBranch, Step[] | undefined>>;
}
type BridgeInput = z.input<ReturnType<typeof bridgeStepSchemaWith<z.ZodType>>>;
/** The same, as a job may have it. */
export interface BridgeStepInput<Step> extends Omit<BridgeInput, 'branches'> {
  branches?: Partial<Record<BridgeBranch, Step[] | undefined>> | undefined;
}

/** Whom a bridge dials, in order. */
export function targetsOf({ to }: Pick<Bridge, 'to'>): readonly string[] {
  return typeof to === 'string' ? [to] : to;
}
