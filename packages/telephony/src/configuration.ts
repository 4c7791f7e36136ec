import { codecsSchema, describeIssues, OutdialError, toFieldIssues } from '@outdial/contract';
import { z } from 'zod';

const port = z.number().int().min(1).max(65_535);
const host = z
  .string()
  .regex(/^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\])$/, 'not a host');
/** Where SIP is sent to: `host`, `host:port` or `[v6]:port`; without a port, SRV records are looked up. */
const sipAddress = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/,
    'not host or host:port',
  );
export const SIP_TRANSPORTS = ['udp', 'tcp', 'tls'] as const;
const transport = z.enum(SIP_TRANSPORTS);
export type SipTransport = z.infer<typeof transport>;
const headerName = z.string().regex(/^[A-Za-z0-9\-.!%*_+`'~]{1,64}$/, 'not a header name');
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const headerValue = z.string().regex(/^[^\u0000-\u0008\u000a-\u001f\u007f]{0,2048}$/, 'holds a line break');

/** A drachtio server's admin port. */
export const drachtioServerSchema = z.strictObject({
  host,
  port: port.default(9022),
  secret: z.string().min(1),
});

/** A FreeSWITCH server's event socket, and where its own connections back to us arrive. */
export const freeswitchServerSchema = z.strictObject({
  host,
  port: port.default(8021),
  secret: z.string().min(1),
  /** Local address that FreeSWITCH's connections (one a call) are accepted on. */
  listenAddress: z.string().default('127.0.0.1'),
  /** 0: any free port. */
  listenPort: z.number().int().min(0).max(65_535).default(0),
  /** What FreeSWITCH is told to connect to, where it is not `listenAddress` itself (containers, NAT). */
  advertisedAddress: z.string().optional(),
  advertisedPort: port.optional(),
  /** The sofia profile that takes our INVITEs. */
  profile: z.string().default('drachtio_mrf'),
});

/** A SIP gateway that telephone numbers go through. */
export const trunkSchema = z.strictObject({
  name: z.string().min(1).max(64),
  address: sipAddress,
  transport: transport.default('udp'),
  /** Number prefixes that it takes, with or without `+` as dialled; absent: every number. */
  prefixes: z.array(z.string().regex(/^\+?\d*$/, 'a prefix is digits, after an optional +')).optional(),
  /** Digest credentials for its 401 and 407. */
  credentials: z.strictObject({ username: z.string().min(1), password: z.string() }).optional(),
  /** Caller ids that may be used, or `any`. A trailing `*` stands for any ending. */
  callerIds: z.union([z.literal('any'), z.array(z.string().min(1)).min(1)]),
  /** `from`: in From alone; `pAssertedIdentity`: in P-Asserted-Identity (RFC 3325) as well. */
  callerIdIn: z.enum(['from', 'pAssertedIdentity']).default('from'),
  /** The domain of From; absent: the trunk's host. */
  fromDomain: host.optional(),
  /** Sent with every INVITE through it; a job's header of the same name does not replace it. */
  headers: z.record(headerName, headerValue).default({}),
  /** A final status that this gateway uses in a way of its own: `{"403": "NOCHANNELS"}`. */
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

/** Sends SIP addresses of one host (`sip:human@lab`) to an address of its own. */
export const routeSchema = z.strictObject({
  host: z.string().min(1),
  address: sipAddress,
  transport: transport.default('udp'),
});
export type Route = z.output<typeof routeSchema>;

/** Everything that `Telephony.connect` needs. Unknown fields are refused. */
export const telephonyConfigurationSchema = z
  .strictObject({
    drachtio: z.array(drachtioServerSchema).min(1),
    freeswitch: z.array(freeswitchServerSchema).min(1),
    trunks: z.array(trunkSchema).default([]),
    routes: z.array(routeSchema).default([]),
    /**
     * Hosts of SIP addresses that may be dialled beyond `routes` (`*.example.com` for a whole domain, `*`
     * for any). Default: none, so that a job cannot make the network call a host of its choice.
     */
    allowedSipHosts: z.array(z.string().min(1)).default([]),
    /** Hosts that a 3xx may send a call on to (same patterns), once. Default: none, and 3xx is OTHER. */
    followRedirectsTo: z.array(z.string().min(1)).default([]),
    /** What is offered when a job names no codecs. */
    defaultCodecs: codecsSchema.default('g711a;g711u'),
    /** From's domain for calls outside trunks whose caller id names none; drachtio puts its own for `localhost`. */
    fromDomain: host.default('localhost'),
    /** INVITEs a second to one drachtio server, those to FreeSWITCH included. */
    invitesPerSecond: z.number().positive().max(1000).default(300),
    /** How long a dial waits, each time that it is tried, while no drachtio or no FreeSWITCH answers. */
    serverWaitSeconds: z.number().min(0).max(3600).default(20),
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
        listenHost: z.string().default('127.0.0.1'),
        /** 0: any free port. */
        port: z.number().int().min(0).max(65_535).default(0),
        /** What FreeSWITCH is told to connect to, `ws://host:port`; absent: the address listened on. */
        publicUrl: z
          .string()
          .regex(/^wss?:\/\/[^\s/]+$/, 'ws://host:port, without a path')
          .optional(),
      })
      .prefault({}),
  })
  .superRefine((configuration, context) => {
    const names = configuration.trunks.map((trunk) => trunk.name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) !== index)
        context.addIssue({ code: 'custom', path: ['trunks', index, 'name'], message: 'stands twice' });
    }
  });

/** The checked configuration, every default filled in. */
export type TelephonyConfiguration = z.output<typeof telephonyConfigurationSchema>;
export type TelephonyConfigurationInput = z.input<typeof telephonyConfigurationSchema>;
export type DrachtioServerConfiguration = z.output<typeof drachtioServerSchema>;
export type FreeswitchServerConfiguration = z.output<typeof freeswitchServerSchema>;

/** Checks a configuration; throws `OutdialError` `INVALID_CONFIGURATION` that names each broken field. */
export function parseTelephonyConfiguration(input: unknown): TelephonyConfiguration {
  const parsed = telephonyConfigurationSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = toFieldIssues(parsed.error, input);
  throw new OutdialError('INVALID_CONFIGURATION', `invalid telephony: ${describeIssues(issues)}`, { issues });
}
