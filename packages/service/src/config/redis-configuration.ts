import { DEFAULT_PREFIX, DEFAULT_REDIS_URL } from '@outdial/contract';
import type { RedisAddress } from '@outdial/queue';
import { z } from 'zod';
import { checkConfiguration } from './check.js';
import { readConfigurationFile } from './configuration-source.js';
import { overlayEnvironment, REDIS_VARIABLES } from './environment.js';

/** The section `redis` of the configuration. */
export const redisConfigurationSchema = z
  .strictObject({
    url: z
      .string()
      .regex(/^rediss?:\/\//, 'must be redis://[user:password@]host[:port][/db]')
      .default(DEFAULT_REDIS_URL),
    /** Some nodes of a Redis Cluster, in place of `url`; the others are found through them. */
    nodes: z
      .array(z.string().regex(/^rediss?:\/\//, 'must be redis://[user:password@]host[:port]'))
      .min(1)
      .optional(),
    prefix: z.string().min(1).default(DEFAULT_PREFIX),
  })
  .refine(({ nodes, prefix }) => nodes === undefined || /\{[^}]+\}/.test(prefix), {
    path: ['prefix'],
    message: 'must have a part in braces, as {outdial} has: on a cluster all keys must be in one slot',
  });
export type RedisConfiguration = z.output<typeof redisConfigurationSchema>;

/** Where Redis is, by the section `redis`. */
export function redisAddress({ url, nodes }: Pick<RedisConfiguration, 'url' | 'nodes'>): RedisAddress {
  return nodes === undefined ? url : { nodes };
}

/**
 * Reads that section alone, for commands that need no more than Redis: the rest of the file may be anything, or missing.
 * Throws `OutdialError` `INVALID_CONFIGURATION` that names each invalid field.
 */
export function loadRedisConfiguration(env: NodeJS.ProcessEnv): RedisConfiguration {
  const source = overlayEnvironment(readConfigurationFile(env), env, REDIS_VARIABLES);
  const { redis = {} } = source.content;
  const schema = z.object({ redis: redisConfigurationSchema });
  return checkConfiguration(schema, { ...source, content: { redis } }).redis;
}
