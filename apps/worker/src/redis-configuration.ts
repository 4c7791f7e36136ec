import {
  DEFAULT_PREFIX,
  DEFAULT_REDIS_URL,
  describeIssues,
  OutdialError,
  toFieldIssues,
} from '@outdial/contract';
import { z } from 'zod';
import { readConfigurationFile, section } from './configuration-file.js';

/** The section `redis` of the configuration. */
export const redisConfigurationSchema = z.strictObject({
  url: z
    .string()
    .regex(/^rediss?:\/\//, 'redis://[user:password@]host[:port][/db]')
    .default(DEFAULT_REDIS_URL),
  prefix: z.string().min(1).default(DEFAULT_PREFIX),
});
export type RedisConfiguration = z.output<typeof redisConfigurationSchema>;

/** That section of a file with the environment over it, unchecked. */
export function redisSection(
  file: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
): Record<string, unknown> {
  return {
    ...section(file, 'redis'),
    ...(env.OUTDIAL_REDIS_URL && { url: env.OUTDIAL_REDIS_URL }),
    ...(env.OUTDIAL_PREFIX && { prefix: env.OUTDIAL_PREFIX }),
  };
}

/**
 * Reads that section alone, for whoever needs no more than Redis: the rest of the file may be anything, or missing.
 * Throws `OutdialError` `INVALID_CONFIGURATION` that names each broken field.
 */
export function loadRedisConfiguration(env: NodeJS.ProcessEnv): RedisConfiguration {
  const redis = redisSection(readConfigurationFile(env), env);
  const parsed = z.object({ redis: redisConfigurationSchema }).safeParse({ redis });
  if (parsed.success) return parsed.data.redis;
  const issues = toFieldIssues(parsed.error, { redis });
  const source = env.OUTDIAL_CONFIG ?? 'environment';
  throw new OutdialError('INVALID_CONFIGURATION', `invalid ${source}: ${describeIssues(issues)}`, { issues });
}
