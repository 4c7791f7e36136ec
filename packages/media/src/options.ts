import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { MediaError } from './errors.js';
import type { PortRange } from './rtp/port-pool.js';
import { checkLimits, DEFAULT_STREAMS, type StreamLimits } from './stream/options.js';

/** What the engine may play. */
export interface SourceOptions {
  /** Files may be played from it and from what is below it. Default null: none. */
  directory: string | null;
  /** Hosts (`sounds.example.com`, or with a port) that `https:` sources may come from. Default none. */
  allowedHosts: readonly string[];
  /** Of a file or a download. Default 20 MB. */
  maxBytes: number;
  /** Of a decoded sound. Default 600 s. */
  maxSeconds: number;
  /** Of a download with its redirections. Default 5000 ms. */
  timeoutMs: number;
  /** A cached `https:` source is asked for again, by its ETag, after this time. Default 60 000 ms. */
  revalidateMs: number;
  /** Memory for decoded sounds, a thread. Default 64 MB; a minute takes about 1 MB. */
  cacheBytes: number;
  /** A certificate authority (PEM) for `https:` sources, instead of the system's. */
  ca?: string;
}

export interface MediaEngineOptions {
  /** The address that RTP sockets are bound to. An IPv6 one has colons. */
  listenHost: string;
  /** The address that local descriptions carry. Default `listenHost`; needed where that is `0.0.0.0` or `::`. */
  advertisedAddress?: string;
  /** UDP ports of the legs: two each. Default 16384 to 32767. */
  ports?: PortRange;
  /** Media threads, 1 to 64. Default: the cores less one, at least 1. */
  threads?: number;
  sources?: Partial<SourceOptions>;
  /** Of voice bots. */
  streams?: Partial<StreamLimits>;
  /** A thread that shows no sign of life for so long is given up, 500 to 60 000 ms. Default 4000. */
  hangLimitMs?: number;
  /** The module that a media thread runs. Default the package's own; another one is for tests. */
  threadEntry?: URL;
}

const MEGABYTE = 1024 * 1024;

export const DEFAULT_SOURCES: SourceOptions = {
  directory: null,
  allowedHosts: [],
  maxBytes: 20 * MEGABYTE,
  maxSeconds: 600,
  timeoutMs: 5000,
  revalidateMs: 60_000,
  cacheBytes: 64 * MEGABYTE,
};

export interface CheckedOptions {
  listenHost: string;
  advertisedAddress: string;
  ports: PortRange;
  threads: number;
  sources: SourceOptions;
  streams: StreamLimits;
  hangLimitMs: number;
  threadEntry: URL | null;
}

/** Fills in the defaults. Throws `INVALID_OPTIONS`. */
export function checkOptions(options: MediaEngineOptions): CheckedOptions {
  const { listenHost, advertisedAddress = listenHost, ports = { min: 16_384, max: 32_767 } } = options;
  const {
    threads = Math.max(1, availableParallelism() - 1),
    hangLimitMs = 4000,
    threadEntry = null,
  } = options;
  checkAddress('listenHost', listenHost);
  checkAddress('advertisedAddress', advertisedAddress);
  if (advertisedAddress === '0.0.0.0' || advertisedAddress === '::')
    throw new MediaError('INVALID_OPTIONS', `advertisedAddress is needed when listenHost is ${listenHost}`);
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= 64))
    throw new MediaError('INVALID_OPTIONS', `threads: ${threads} is not 1 to 64`);
  if (!(hangLimitMs >= 500 && hangLimitMs <= 60_000))
    throw new MediaError('INVALID_OPTIONS', `hangLimitMs: ${hangLimitMs} is not 500 to 60000`);
  const sources = { ...DEFAULT_SOURCES, ...options.sources };
  const streams = checkLimits({ ...DEFAULT_STREAMS, ...options.streams });
  return { listenHost, advertisedAddress, ports, threads, sources, streams, hangLimitMs, threadEntry };
}

/** Throws `INVALID_OPTIONS` unless it is an IP address. */
export function checkAddress(name: string, address: string): void {
  if (isIP(address) === 0) throw new MediaError('INVALID_OPTIONS', `${name}: "${address}" is no IP address`);
}
