import { captureTermsSchema, DEFAULTS, laneSchema, RETENTION_DEFAULTS } from '@outdial/contract';
import {
  checkConfiguration,
  LOG_LEVELS,
  overlayEnvironment,
  readConfigurationFile,
  redisConfigurationSchema,
} from '@outdial/service';
import { telephonyConfigurationSchema } from '@outdial/telephony';
import { z } from 'zod';
import { speechConfigurationSchema } from '../speech/speech-configuration.js';
import { VARIABLES } from './environment.js';

/** Everything that a worker needs to know. Durations are in the unit of their name. */
export const workerConfigurationSchema = z.strictObject({
  redis: redisConfigurationSchema.prefault({}),
  telephony: telephonyConfigurationSchema,
  /** The lanes to take jobs from, each with the calls that this worker holds at a time. */
  lanes: z
    .record(
      laneSchema,
      z.strictObject({
        concurrency: z.number().int().min(1).max(5000),
        /** What is kept of its calls, whose jobs do not say. */
        capture: captureTermsSchema.optional(),
      }),
    )
    .default({ [DEFAULTS.lane]: { concurrency: 100 } }),
  health: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      /** 0: any free port. */
      port: z.number().int().min(0).max(65_535).default(9090),
    })
    .prefault({}),
  /** How long calls may go on after the first SIGTERM. */
  drainSeconds: z.number().min(0).max(86_400).default(30),
  heartbeat: z
    .strictObject({
      intervalMs: z.number().int().min(100).default(1500),
      /** A worker that has not been heard for so long is lost, and its calls are taken over. */
      ttlMs: z.number().int().min(500).default(6000),
    })
    .refine(
      ({ intervalMs, ttlMs }) => ttlMs >= 3 * intervalMs,
      'ttlMs must be at least three times intervalMs',
    )
    .prefault({}),
  retention: z
    .strictObject({
      /** How long finished jobs, outcomes, ledger entries and events are kept. */
      ageSeconds: z.number().int().min(60).default(RETENTION_DEFAULTS.ageSeconds),
      /** Finished jobs that a lane keeps, unless they say otherwise themselves (`CallQueue`'s `retention`). */
      jobsMax: z.number().int().min(1).default(RETENTION_DEFAULTS.jobsMax),
      /** Ledger entries of finished calls: an id is known to have been dialled for so long. */
      entriesMax: z
        .number()
        .int()
        .min(RETENTION_DEFAULTS.entriesMaxLeast)
        .default(RETENTION_DEFAULTS.entriesMax),
      /** Results, and ended records, that are kept once they are consumed. */
      consumedMax: z.number().int().min(10_000).default(RETENTION_DEFAULTS.consumedMax),
      /** Results, and ended records, that wait for a consumer. */
      unconsumedMax: z.number().int().min(10_000).default(RETENTION_DEFAULTS.unconsumedMax),
      /** How long what was captured of calls is kept. */
      captureSeconds: z.number().int().min(60).default(RETENTION_DEFAULTS.captureSeconds),
      /** The length at which the stream of call events is trimmed. */
      eventsMax: z.number().int().min(1000).default(RETENTION_DEFAULTS.eventsMax),
    })
    .prefault({}),
  speech: speechConfigurationSchema.prefault({}),
  logLevel: z.enum(LOG_LEVELS).default('info'),
});
export type WorkerConfiguration = z.output<typeof workerConfigurationSchema>;
export type WorkerConfigurationInput = z.input<typeof workerConfigurationSchema>;

/** Below these there may be secrets. */
const SECRET_SECTIONS = ['telephony.drachtio', 'telephony.freeswitch', 'telephony.trunks', 'speech'];

/** Checks a configuration. Throws `OutdialError` `INVALID_CONFIGURATION` that names each invalid field. */
export function parseWorkerConfiguration(input: unknown): WorkerConfiguration {
  return checkConfiguration(
    workerConfigurationSchema,
    {
      content: input as Record<string, unknown>,
      locate: () => null,
    },
    { secretSections: SECRET_SECTIONS },
  );
}

/** What a newcomer meets first. */
const NO_SERVER = {
  'telephony.drachtio':
    'has no server: set OUTDIAL_DRACHTIO=host:port:secret, or the field in the file that OUTDIAL_CONFIG names',
};

/**
 * Reads the YAML file that `OUTDIAL_CONFIG` names (none: an empty one), lays the environment over it and
 * checks the whole. `docs/configuration.md` lists every field and variable.
 */
export function loadWorkerConfiguration(env: NodeJS.ProcessEnv): WorkerConfiguration {
  const source = overlayEnvironment(readConfigurationFile(env), env, VARIABLES);
  // The gateway's section, in a file that both are given, is the gateway's to check.
  const { gateway: _, telephony = {}, ...sections } = source.content;
  // A section that is missing is told field by field: servers are the one thing without a default.
  const content = { ...sections, telephony };
  return checkConfiguration(
    workerConfigurationSchema,
    { ...source, content },
    {
      missing: NO_SERVER,
      secretSections: SECRET_SECTIONS,
    },
  );
}
