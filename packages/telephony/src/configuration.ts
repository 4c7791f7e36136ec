import {
  codecsSchema,
  describeIssues,
  OutdialError,
  parseCodecs,
  plainWords,
  TIME_LIMITS,
  toFieldIssues,
} from '@outdial/contract';
import { z } from 'zod';
import { hostSchema, sipAddressSchema } from './addresses.js';
import { isWorkerCodec } from './sdp/worker-description.js';

const port = z.number().int().min(1).max(65_535);
export const SIP_TRANSPORTS = ['udp', 'tcp', 'tls'] as const;
const transport = z.enum(SIP_TRANSPORTS);
export type SipTransport = z.infer<typeof transport>;
/** Whether audio is encrypted (SRTP with keys in the session description, RFC 4568). */
export const SRTP_POLICIES = ['off', 'optional', 'required'] as const;
export type SrtpPolicy = (typeof SRTP_POLICIES)[number];
const headerName = z.string().regex(/^[A-Za-z0-9\-.!%*_+`'~]{1,64}$/, 'not a header name');
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const headerValue = z.string().regex(/^[^\u0000-\u0008\u000a-\u001f\u007f]{0,2048}$/, 'not a header value');

/** A drachtio server's admin port. */
export const drachtioServerSchema = z.strictObject({
  host: hostSchema,
  port: port.default(9022),
  secret: z.string().min(1),
});

/** A FreeSWITCH server's event socket, and where its own connections back to us arrive. */
export const freeswitchServerSchema = z.strictObject({
  host: hostSchema,
  port: port.default(8021),
  secret: z.string().min(1),
  /** Local address that FreeSWITCH's connections (one a call) are accepted on; absent: ours on the route to it. */
  listenAddress: z.string().optional(),
  /** 0: any free port. */
  listenPort: z.number().int().min(0).max(65_535).default(0),
  /** What FreeSWITCH is told to connect to; absent: `listenAddress`, or for 0.0.0.0 ours on the route to it. */
  advertisedAddress: z.string().optional(),
  advertisedPort: port.optional(),
  /** The sofia profile that takes our INVITEs. */
  profile: z.string().default('drachtio_mrf'),
});

/** How a trunk wants telephone numbers written. */
export const numberFormatSchema = z.strictObject({
  /** Whether numbers in the international form keep their `+`. */
  plus: z.boolean().default(true),
  /** Put before each dialled number, and not before caller ids; absent: nothing. */
  prefix: z
    .string()
    .regex(/^[\d*#]{1,16}$/, 'a dial prefix is up to 16 digits, * or #')
    .optional(),
  /** Whether `;user=phone` marks the request URI as a telephone number (RFC 3261, section 19.1.1). */
  userPhone: z.boolean().default(false),
});
export type NumberFormat = z.output<typeof numberFormatSchema>;

/** A SIP gateway that telephone numbers go through. */
export const trunkSchema = z.strictObject({
  name: z.string().min(1).max(64),
  address: sipAddressSchema,
  transport: transport.default('udp'),
  /**
   * SRTP on its calls. `required`: a call without it is ended; `optional`: where the trunk has it too (RFC 8643). The worker's
   * own media has it; FreeSWITCH's is offered in the clear, and is not used where it is required.
   */
  srtp: z.enum(SRTP_POLICIES).default('off'),
  /** Number prefixes that it takes, with or without `+` as dialled; absent: every number. */
  prefixes: z.array(z.string().regex(/^\+?\d*$/, 'a prefix is digits, after an optional +')).optional(),
  /** Digest credentials for its 401 and 407. They go to this trunk alone, never to where a redirect leads. */
  credentials: z
    .strictObject({
      username: z.string().regex(/^[^"\\\p{Cc}]+$/u, 'a user name without quotes and backslashes'),
      password: z.string(),
    })
    .optional(),
  numberFormat: numberFormatSchema.prefault({}),
  /** Registers with the trunk (RFC 3261, section 10) through each drachtio server; absent: it asks for none. */
  register: z
    .strictObject({
      /** The user of the address of record; absent: the credentials' user name. */
      user: z
        .string()
        .regex(/^[A-Za-z0-9\-_.!~*'()&=+$,]{1,64}$/, 'not a SIP user')
        .optional(),
      /** How long a registration is asked for; the registrar may grant less. */
      expiresSeconds: z.number().int().min(60).max(86_400).default(600),
    })
    .optional(),
  /** Caller ids that may be used, or `any`. A trailing `*` stands for any ending. */
  callerIds: z.union([z.literal('any'), z.array(z.string().min(1)).min(1)]),
  /** `from`: in From alone; `pAssertedIdentity`: in P-Asserted-Identity (RFC 3325) as well. */
  callerIdIn: z.enum(['from', 'pAssertedIdentity']).default('from'),
  /** The domain of From; absent: the trunk's host. */
  fromDomain: hostSchema.optional(),
  /** Sent with every INVITE through it; a job's header of the same name does not replace it. */
  headers: z.record(headerName, headerValue).default({}),
  /** Whether INVITEs tell of the call's trace, in the headers `traceparent` and `tracestate` (W3C Trace Context). */
  traceHeaders: z.boolean().default(false),
  /** Causes of final statuses that this gateway uses in its own way: `{"403": "NOCHANNELS"}`. */
  rejectionOverrides: z
    .record(
      z.string().regex(/^[3-6]\d\d$/, 'a final SIP status'),
      z.enum([
        'NOCHANNELS',
        'CONGESTION',
        'BARRED',
        'UNOBTAINABLE',
        'REJECTED',
        'FAILED',
        'BUSY',
        'NOANSWER',
      ]),
    )
    .default({}),
  /** Calls of this process through it at a time; absent: no limit. */
  maxCalls: z.number().int().positive().optional(),
});
export type Trunk = z.output<typeof trunkSchema>;

/** Sends SIP URIs of one host (`sip:human@lab`) to a fixed address. */
export const routeSchema = z.strictObject({
  host: z.string().min(1),
  address: sipAddressSchema,
  transport: transport.default('udp'),
  /** As that of a trunk. */
  traceHeaders: z.boolean().default(false),
});
export type Route = z.output<typeof routeSchema>;

/** Who may make the media of a call. */
export const MEDIA_MAKERS = ['auto', 'worker', 'freeswitch'] as const;

const ipAddress = z.union([z.ipv4(), z.ipv6()], 'must be an IP address');
const rtpPort = z.number().int().min(1024).max(65_535);

/** The RTP sockets and threads of the worker's own media. */
export const rtpSchema = z.strictObject({
  /** The address that RTP sockets are bound to; absent: all addresses. */
  listenHost: ipAddress.optional(),
  /** What callees are told to send to; absent: `listenHost`, or for all addresses ours on the route to drachtio or the trunk. */
  advertisedAddress: ipAddress.optional(),
  /** The first and the last UDP port; a call takes an even one and the next. */
  ports: z
    .tuple([rtpPort, rtpPort])
    .default([16_384, 32_767])
    .refine(([first, last]) => first + (first % 2) < last, 'must be [first, last] and hold a pair of ports'),
  /** Media threads; absent: the cores less one, at least one. */
  threads: z.number().int().min(1).max(64).optional(),
});

/** Everything that `Telephony.connect` needs. Unknown fields are refused. */
export const telephonyConfigurationSchema = z
  .strictObject({
    drachtio: z.array(drachtioServerSchema).min(1),
    /**
     * Who makes the media: `auto` is the worker itself where it can do what a job asks for, else FreeSWITCH where one is
     * configured; `worker` and `freeswitch` are one alone.
     */
    media: z.enum(MEDIA_MAKERS).default('auto'),
    /** Needed when `media` is `freeswitch`, not used when it is `worker`. */
    freeswitch: z.array(freeswitchServerSchema).default([]),
    /** The worker's own media. */
    rtp: rtpSchema.prefault({}),
    /** What the worker's own media may play. */
    sounds: z
      .strictObject({
        /** Files are played from it and from what is below it; absent: none. */
        directory: z.string().min(1).optional(),
        /** Hosts (`sounds.example.com`, or with a port) that `https:` sources may come from. */
        allowedHosts: z.array(z.string().min(1)).default([]),
      })
      .prefault({}),
    /** What plans record. */
    recordings: z
      .strictObject({
        /** On this host; it is made when it is missing. Absent: jobs that record are refused. */
        directory: z.string().min(1).optional(),
      })
      .prefault({}),
    /** Voice bots, which the worker connects, whoever makes the media of the call. */
    streams: z
      .strictObject({
        /** Hosts (`bots.example.com`, or with a port) that bots may be connected on. */
        allowedHosts: z.array(z.string().min(1)).default([]),
        /** Seconds of a bot's audio that may wait to be played; what comes beyond it is dropped. */
        bufferSeconds: z.number().min(1).max(600).default(120),
        /** What bots are told as `accountSid`, and use in its place to hang up. */
        accountSid: z
          .string()
          .regex(/^[A-Za-z0-9_-]{1,64}$/, 'an account is 1 to 64 letters, digits, - or _')
          .default('outdial'),
      })
      .prefault({}),
    trunks: z.array(trunkSchema).default([]),
    routes: z.array(routeSchema).default([]),
    /**
     * Hosts of SIP URIs that may be dialled beyond `routes` (`*.example.com` for a whole domain, `*` for any).
     * Default: none, so that a job cannot call a host of its own choice.
     */
    allowedSipHosts: z.array(z.string().min(1)).default([]),
    /** Hosts that a 3xx may send a call on to (same patterns), once. Default: none, and 3xx is OTHER. */
    followRedirectsTo: z.array(z.string().min(1)).default([]),
    /** What is offered when a job names no codecs. */
    defaultCodecs: codecsSchema.default('g711a;g711u'),
    /** From's domain for calls outside trunks whose caller id has none; drachtio replaces `localhost` by its own. */
    fromDomain: hostSchema.default('localhost'),
    /** INVITEs a second to one drachtio server, those to FreeSWITCH included. */
    invitesPerSecond: z.number().positive().max(10_000).default(300),
    /** How long a dial waits, each time that it is tried, while no drachtio or no FreeSWITCH answers. */
    serverWaitSeconds: z.number().min(0).max(TIME_LIMITS.serverWaitSecondsMax).default(20),
    endpoints: z
      .strictObject({
        /** Unused endpoints kept a FreeSWITCH server for the next dial. */
        idleMax: z.number().int().min(0).default(100),
        /** An unused endpoint older than this is released. */
        idleMaxAgeSeconds: z.number().positive().default(60),
        /** Endpoints being made at a time a FreeSWITCH server. */
        creatingMax: z.number().int().positive().default(10),
      })
      .prefault({}),
    audioFork: z
      .strictObject({
        /** Absent: our address on the route to each FreeSWITCH. */
        listenHost: z.string().optional(),
        /** 0: any free port. */
        port: z.number().int().min(0).max(65_535).default(0),
        /** What FreeSWITCH is told to connect to, `ws://host:port`; absent: the address listened on, or ours for 0.0.0.0. */
        publicUrl: z
          .string()
          .regex(/^wss?:\/\/[^\s/]+$/, 'ws://host:port, without a path')
          .optional(),
      })
      .prefault({}),
  })
  .refine(hasMedia, {
    path: ['freeswitch'],
    message: `has no server, which telephony.media: freeswitch needs: set OUTDIAL_FREESWITCH=host:port:secret, or the field in the file that OUTDIAL_CONFIG names`,
    // Told even when other fields are wrong: a newcomer has neither server.
    when: () => true,
  })
  .refine(
    ({ media, defaultCodecs }) => media !== 'worker' || parseCodecs(defaultCodecs).some(isWorkerCodec),
    {
      path: ['defaultCodecs'],
      message: "has no codec of the worker's own media (g711a, g711u)",
    },
  )
  .superRefine((configuration, context) => {
    const names = configuration.trunks.map((trunk) => trunk.name);
    for (const [index, { srtp }] of configuration.trunks.entries()) {
      if (srtp === 'required' && configuration.media === 'freeswitch')
        context.addIssue({
          code: 'custom',
          path: ['trunks', index, 'srtp'],
          message: "needs the worker's own media: set telephony.media to auto or worker",
        });
    }
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) !== index)
        context.addIssue({
          code: 'custom',
          path: ['trunks', index, 'name'],
          message: 'duplicate trunk name',
        });
    }
  });

function hasMedia(configuration: unknown): boolean {
  const { media, freeswitch } = configuration as { media?: unknown; freeswitch?: unknown };
  return media !== 'freeswitch' || (Array.isArray(freeswitch) && freeswitch.length > 0);
}

/** The checked configuration, every default filled in. */
export type TelephonyConfiguration = z.output<typeof telephonyConfigurationSchema>;
export type TelephonyConfigurationInput = z.input<typeof telephonyConfigurationSchema>;
export type DrachtioServerConfiguration = z.output<typeof drachtioServerSchema>;
export type FreeswitchServerConfiguration = z.output<typeof freeswitchServerSchema>;

/** Checks a configuration; throws `OutdialError` `INVALID_CONFIGURATION` that names each broken field. */
export function parseTelephonyConfiguration(input: unknown): TelephonyConfiguration {
  const parsed = telephonyConfigurationSchema.safeParse(input, { error: plainWords });
  if (parsed.success) return parsed.data;
  // Without the values: they hold secrets.
  const issues = toFieldIssues(parsed.error, undefined);
  throw new OutdialError('INVALID_CONFIGURATION', `invalid telephony: ${describeIssues(issues)}`, { issues });
}
