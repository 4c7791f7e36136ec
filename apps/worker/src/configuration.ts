import {
  DEFAULTS,
  describeIssues,
  laneSchema,
  OutdialError,
  RETENTION_DEFAULTS,
  toFieldIssues,
} from '@outdial/contract';
import { telephonyConfigurationSchema } from '@outdial/telephony';
import { z } from 'zod';
import { readConfigurationFile, section } from './configuration-file.js';
import { redisConfigurationSchema, redisSection } from './redis-configuration.js';

const SERVER_VARIABLES = [
  ['drachtio', 'OUTDIAL_DRACHTIO'],
  ['freeswitch', 'OUTDIAL_FREESWITCH'],
] as const;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Everything that a worker needs to know. Durations are in the unit of their name. */
export const workerConfigurationSchema = z.strictObject({
  redis: redisConfigurationSchema.prefault({}),
  telephony: telephonyConfigurationSchema,
  /** The lanes to take jobs from, each with the calls that this worker holds at a time. */
  lanes: z.record(laneSchema, z.strictObject({ concurrency: z.number().int().min(1).max(5000) })).default({
    [DEFAULTS.lane]: { concurrency: 100 },
  }),
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
      /** The length at which the stream of call events is trimmed. */
      eventsMax: z.number().int().min(1000).default(RETENTION_DEFAULTS.eventsMax),
    })
    .prefault({}),
  logLevel: z.enum(LOG_LEVELS).default('info'),
});
export type WorkerConfiguration = z.output<typeof workerConfigurationSchema>;
export type WorkerConfigurationInput = z.input<typeof workerConfigurationSchema>;

/** Checks a configuration; throws `OutdialError` `INVALID_CONFIGURATION` that names each broken field. */
export function parseWorkerConfiguration(input: unknown, source = 'configuration'): WorkerConfiguration {
  const parsed = workerConfigurationSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = toFieldIssues(parsed.error, input);
  throw new OutdialError('INVALID_CONFIGURATION', `invalid ${source}: ${describeIssues(issues)}`, { issues });
}

/**
 * Reads the YAML file that `OUTDIAL_CONFIG` names (none: an empty one), lays the environment over it and
 * checks the whole. `docs/configuration.md` lists every field and variable.
 */
export function loadWorkerConfiguration(env: NodeJS.ProcessEnv): WorkerConfiguration {
  const whole = overlay(readConfigurationFile(env), env);
  assertServers(whole.telephony as Record<string, unknown>);
  return parseWorkerConfiguration(whole, env.OUTDIAL_CONFIG ?? 'environment');
}

/** Servers are the one thing without a default: a newcomer meets this first. */
function assertServers(telephony: Record<string, unknown>): void {
  for (const [field, variable] of SERVER_VARIABLES) {
    if (telephony[field] !== undefined) continue;
    const message = `no server is configured: set ${variable}=host:port:secret, or the field in the file that OUTDIAL_CONFIG names`;
    const issues = [{ path: `telephony.${field}`, message }];
    throw new OutdialError('INVALID_CONFIGURATION', describeIssues(issues), { issues });
  }
}

function overlay(file: Record<string, unknown>, env: NodeJS.ProcessEnv): Record<string, unknown> {
  return {
    ...file,
    redis: redisSection(file, env),
    telephony: {
      ...section(file, 'telephony'),
      ...(env.OUTDIAL_DRACHTIO && { drachtio: parseServers('OUTDIAL_DRACHTIO', env.OUTDIAL_DRACHTIO) }),
      ...(env.OUTDIAL_FREESWITCH && {
        freeswitch: parseServers('OUTDIAL_FREESWITCH', env.OUTDIAL_FREESWITCH),
      }),
    },
    health: {
      ...section(file, 'health'),
      ...(env.OUTDIAL_HEALTH_PORT && { port: Number(env.OUTDIAL_HEALTH_PORT) }),
    },
    ...(env.OUTDIAL_LANES && { lanes: parseLanes(env.OUTDIAL_LANES) }),
    ...(env.OUTDIAL_DRAIN_SECONDS && { drainSeconds: Number(env.OUTDIAL_DRAIN_SECONDS) }),
    ...(env.OUTDIAL_LOG_LEVEL && { logLevel: env.OUTDIAL_LOG_LEVEL }),
  };
}

/** `host:port:secret`, several separated by commas. */
export function parseServers(
  variable: string,
  text: string,
): Array<{ host: string; port: number; secret: string }> {
  return text.split(',').map((server) => {
    const match = /^(\[[^\]]+\]|[^:]+):(\d+):(.+)$/.exec(server.trim());
    if (match === null) {
      throw new OutdialError(
        'INVALID_CONFIGURATION',
        `invalid ${variable}: servers are host:port:secret, separated by commas`,
      );
    }
    const [, host = '', port, secret = ''] = match;
    return { host, port: Number(port), secret };
  });
}

/** `name=concurrency`, several separated by commas. */
function parseLanes(text: string): Record<string, { concurrency: number }> {
  return Object.fromEntries(
    text.split(',').map((lane) => {
      const [name = '', concurrency = '100'] = lane.trim().split('=');
      return [name, { concurrency: Number(concurrency) }];
    }),
  );
}
