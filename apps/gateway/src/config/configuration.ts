import { countrySchema } from '@outdial/contract';
import {
  checkConfiguration,
  LOG_LEVELS,
  overlayEnvironment,
  readConfigurationFile,
  redisConfigurationSchema,
} from '@outdial/service';
import { z } from 'zod';
import { isNetwork } from '../webhooks/delivery/public-address.js';
import { VARIABLES } from './environment.js';
import { isLoopback } from './is-loopback.js';

const EXPOSED =
  'is reached from other machines, and API keys must not travel in the clear: give gateway.tls, or name the proxy that ends TLS in gateway.trustProxy';

/** How messages are delivered to webhooks. */
const webhooksSchema = z.strictObject({
  /** Addresses and networks that may be called although they are not public; the only ones that may be called without TLS. */
  allowedNetworks: z
    .array(z.string().refine(isNetwork, 'is an address, or a network as 10.0.0.0/8'))
    .default([]),
  /** How long a webhook may take to answer. */
  timeoutSeconds: z.number().min(0.1).max(60).default(15),
  /** Messages that each gateway delivers to a webhook at once. */
  concurrency: z.number().int().min(1).max(1000).default(10),
  /** How long after its first attempt a message is tried again. */
  retrySeconds: z.number().min(0).max(604_800).default(86_400),
  /** The wait before the second attempt, doubled with each. */
  backoffSeconds: z.number().min(0.001).max(3600).default(5),
  /** The longest wait between two attempts. */
  backoffMaxSeconds: z.number().min(0.001).max(86_400).default(3600),
  /** A webhook to which nothing could be delivered for so long is paused. */
  pauseAfterSeconds: z.number().min(0).max(604_800).default(43_200),
  /** Messages that may be pending for a webhook; it does not get those beyond. */
  pendingMax: z.number().int().min(1).default(100_000),
  /** Attempts that the log of a webhook keeps. */
  logMax: z.number().int().min(1).default(10_000),
});

/** The section `gateway`. Durations and sizes are in the unit of their name. */
const sectionSchema = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    /** 0: any free port. */
    port: z.number().int().min(0).max(65_535).default(8080),
    /** PEM files of the gateway's own TLS; without them it speaks plain HTTP. */
    tls: z.strictObject({ certificateFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
    /** Addresses and networks of the proxies in front, whose `X-Forwarded-For` is believed. */
    trustProxy: z.array(z.string().min(1)).default([]),
    /** The largest body of a request that is no upload. */
    bodyBytesMax: z.number().int().min(1024).max(67_108_864).default(1_048_576),
    upload: z
      .strictObject({
        /** The largest file of calls. */
        bytesMax: z.number().int().min(1024).default(1_073_741_824),
        /** The most calls of one file. */
        callsMax: z.number().int().min(1).max(10_000_000).default(1_000_000),
        /** Where files of calls are kept while they are checked; they are removed at once. */
        directory: z.string().min(1).optional(),
      })
      .prefault({}),
    webhooks: webhooksSchema.prefault({}),
    recordings: z
      .strictObject({
        /** Where this process finds what the workers record in `telephony.recordings.directory`: the same one, or a copy of it. */
        directory: z.string().min(1).optional(),
      })
      .prefault({}),
    /** The country of numbers in national form; without it they are dialled as they are. */
    defaultCountry: countrySchema.optional(),
    /** Entries that each list of what was done with API keys keeps. */
    activityMax: z.number().int().min(1000).default(100_000),
    /** How long requests may go on after SIGTERM. */
    drainSeconds: z.number().min(0).max(3600).default(10),
  })
  .refine(({ host, tls, trustProxy }) => isLoopback(host) || tls !== undefined || trustProxy.length > 0, {
    path: ['host'],
    message: EXPOSED,
  });

/** What a gateway needs to know. It may stand in the worker's file, whose other sections it leaves alone. */
export const gatewayConfigurationSchema = z.strictObject({
  redis: redisConfigurationSchema.prefault({}),
  gateway: sectionSchema.prefault({}),
  logLevel: z.enum(LOG_LEVELS).default('info'),
});
export type GatewayConfiguration = z.output<typeof gatewayConfigurationSchema>;
export type GatewayConfigurationInput = z.input<typeof gatewayConfigurationSchema>;

/** Checks a configuration. Throws `OutdialError` `INVALID_CONFIGURATION` that names each invalid field. */
export function parseGatewayConfiguration(input: unknown): GatewayConfiguration {
  return checkConfiguration(gatewayConfigurationSchema, {
    content: input as Record<string, unknown>,
    locate: () => null,
  });
}

/**
 * Reads the sections `redis`, `gateway` and `logLevel` of the YAML file that `OUTDIAL_CONFIG` names (none: an empty one), lays
 * the environment over them and checks them. `docs/gateway.md` lists every field and variable.
 */
export function loadGatewayConfiguration(env: NodeJS.ProcessEnv): GatewayConfiguration {
  const source = overlayEnvironment(readConfigurationFile(env), env, VARIABLES);
  const { redis, gateway, logLevel } = source.content;
  const content = Object.fromEntries(
    Object.entries({ redis, gateway, logLevel }).filter(([, section]) => section !== undefined),
  );
  return checkConfiguration(gatewayConfigurationSchema, { ...source, content });
}
