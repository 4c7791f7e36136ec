import { MediaError } from '../errors.js';

/** How audio crosses to the bot: mu-law in JSON, as Twilio's Media Streams have it, or 16-bit PCM in binary messages. */
export const STREAM_PROTOCOLS = ['twilio', 'l16'] as const;
export type StreamProtocol = (typeof STREAM_PROTOCOLS)[number];
export const STREAM_RATES = [8000, 16_000] as const;
export type StreamRate = (typeof STREAM_RATES)[number];

/** What holds for the streams of all sessions. */
export interface StreamLimits {
  /** Hosts (`bots.example.com`, or with a port) that bots may be connected on. Default none. */
  allowedHosts: readonly string[];
  /** Audio of a bot that waits to be played, 1 to 600 s; what comes beyond it is dropped, and told. Default 120. */
  bufferSeconds: number;
  /** Within which a bot must have taken the connection, 100 to 60 000 ms. Default 5000. */
  connectTimeoutMs: number;
  /** A bot that has shown no sign of life for so long, though it was pinged, is lost; 1000 to 600 000 ms. Default 20 000. */
  silentLimitMs: number;
  /** A certificate authority (PEM) for `wss:` bots, instead of the system's. */
  ca?: string;
}

export const DEFAULT_STREAMS: StreamLimits = {
  allowedHosts: [],
  bufferSeconds: 120,
  connectTimeoutMs: 5000,
  silentLimitMs: 20_000,
};

/** A bot to connect to. */
export interface StreamOptions {
  /** `wss:` (its certificate is verified) or `ws:`. */
  url: string;
  /** Default `twilio`. */
  protocol?: StreamProtocol;
  /** Of `l16`: samples a second. Default 8000, which `twilio` always has. */
  sampleRate?: StreamRate;
  /** HTTP headers of the handshake. */
  headers?: Record<string, string>;
  /** WebSocket subprotocols to offer; the bot must then choose one. Default none. */
  subprotocols?: readonly string[];
}

/** The same, checked and with the defaults filled in. */
export interface CheckedStream {
  url: URL;
  protocol: StreamProtocol;
  sampleRate: StreamRate;
  headers: Record<string, string>;
  subprotocols: readonly string[];
}

/** What the message `start` says of the call. */
export interface StreamStart {
  /** The call, as the bot may name it to hang it up. */
  callSid: string;
  accountSid: string;
  customParameters?: Record<string, string>;
}

/** Fills in the defaults. Throws `INVALID_OPTIONS`, or `HOST_NOT_ALLOWED` for a host that is not in the list. */
export function checkStream(
  options: StreamOptions,
  { allowedHosts }: Pick<StreamLimits, 'allowedHosts'>,
): CheckedStream {
  const { protocol = 'twilio', sampleRate = 8000, headers = {}, subprotocols = [] } = options;
  if (!STREAM_PROTOCOLS.includes(protocol))
    throw new MediaError('INVALID_OPTIONS', `protocol: "${protocol}"`);
  if (!STREAM_RATES.includes(sampleRate) || (protocol === 'twilio' && sampleRate !== 8000))
    throw new MediaError('INVALID_OPTIONS', `sampleRate: ${sampleRate} is none of ${protocol}`);
  if (!URL.canParse(options.url)) throw new MediaError('INVALID_OPTIONS', 'url: it is no address');
  const url = new URL(options.url);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw new MediaError('INVALID_OPTIONS', `url: ${url.protocol} is neither ws: nor wss:`);
  if (!allowedHosts.includes(url.hostname) && !allowedHosts.includes(url.host))
    throw new MediaError('HOST_NOT_ALLOWED', `${url.host} is not one of the allowed hosts`);
  return { url, protocol, sampleRate, headers, subprotocols };
}

/** Throws `INVALID_OPTIONS` for a limit out of its range. */
export function checkLimits(limits: StreamLimits): StreamLimits {
  const ranges = { bufferSeconds: [1, 600], connectTimeoutMs: [100, 60_000], silentLimitMs: [1000, 600_000] };
  for (const [name, [least, most]] of Object.entries(ranges) as [keyof typeof ranges, [number, number]][])
    if (!(limits[name] >= least && limits[name] <= most))
      throw new MediaError('INVALID_OPTIONS', `streams.${name}: ${limits[name]} is not ${least} to ${most}`);
  return limits;
}

/** An address as it may be logged: query strings and user names may hold secrets. */
export function nameOf({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}
