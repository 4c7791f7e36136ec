import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { TelephonyConfiguration } from '../configuration.js';
import { type RtpAddresses, rtpAddresses } from '../media/rtp-addresses.js';

/** What was found out about the worker's own RTP on this machine. */
export interface RtpProbe {
  /** Of calls through the first drachtio server and the first trunk, or why they are not known. */
  addresses: RtpAddresses | { problem: string };
  /** Why a port of the range cannot be bound; null: one was. */
  bindProblem: string | null;
  /** The ports that the system gives out by itself, where the range overlaps them; null: it does not, or they are not known. */
  ephemeralOverlap: readonly [number, number] | null;
}

const EPHEMERAL_PORTS = '/proc/sys/net/ipv4/ip_local_port_range';

/** Looks at the addresses and ports of the worker's own media. `ephemeralPorts` names the file with the system's range. */
export async function probeRtp(
  { rtp, drachtio, trunks, routes }: Pick<TelephonyConfiguration, 'rtp' | 'drachtio' | 'trunks' | 'routes'>,
  ephemeralPorts = EPHEMERAL_PORTS,
): Promise<RtpProbe> {
  const ephemeralOverlap = await overlapOf(rtp.ports, ephemeralPorts);
  const [server] = drachtio;
  if (server === undefined)
    return { addresses: { problem: 'there is no drachtio' }, bindProblem: null, ephemeralOverlap };
  try {
    const addresses = await rtpAddresses(rtp, server, (trunks[0] ?? routes[0])?.address);
    return { addresses, bindProblem: await bindOne(addresses.listenHost, rtp.ports), ephemeralOverlap };
  } catch (error) {
    return { addresses: { problem: (error as Error).message }, bindProblem: null, ephemeralOverlap };
  }
}

/** Binds the first port of the range that is free: a worker that runs has some of them. */
async function bindOne(host: string, [first, last]: readonly [number, number]): Promise<string | null> {
  for (let port = first; port <= last; port++) {
    const code = await bind(host, port);
    if (code === null) return null;
    if (code !== 'EADDRINUSE') return `${host}:${port}: ${code}`;
  }
  return `every port from ${first} to ${last} is in use`;
}

async function bind(host: string, port: number): Promise<string | null> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', ipv6Only: host.includes(':') });
  try {
    const listening = once(socket, 'listening');
    socket.bind(port, host);
    await listening;
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.close();
  }
}

async function overlapOf(
  [first, last]: readonly [number, number],
  path: string,
): Promise<readonly [number, number] | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [from, to] = text.trim().split(/\s+/).map(Number);
  if (from === undefined || to === undefined || Number.isNaN(from + to)) return null;
  return first <= to && last >= from ? [from, to] : null;
}
