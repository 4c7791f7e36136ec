import { isIPv6 } from 'node:net';
import { bareHost, hostOf } from '../addresses.js';
import type { TelephonyConfiguration } from '../configuration.js';
import { isLoopback, isWildcard, ownAddressTo } from './own-address.js';

/** Of the RTP sockets of a call through one drachtio server. */
export interface RtpAddresses {
  /** What they are bound to. */
  listenHost: string;
  /** What the callee is told to send to. */
  advertisedAddress: string;
}

/**
 * As configured; what is not, by our address on the route to drachtio, or where that is this machine, on the route to `target`
 * (`host` or `host:port`), which the call goes to. Rejects when drachtio's address is needed and its host has none.
 */
export async function rtpAddresses(
  { listenHost, advertisedAddress }: TelephonyConfiguration['rtp'],
  drachtio: { host: string; port: number },
  target: string | undefined,
): Promise<RtpAddresses> {
  const named =
    advertisedAddress ?? (listenHost === undefined || isWildcard(listenHost) ? undefined : listenHost);
  const address = named ?? (await ownAddress(drachtio, target));
  return { listenHost: listenHost ?? (isIPv6(address) ? '::' : '0.0.0.0'), advertisedAddress: address };
}

/** Beyond the host only the port of a datagram that is never sent. */
const ANY_PORT = 5060;

async function ownAddress(
  { host, port }: { host: string; port: number },
  target: string | undefined,
): Promise<string> {
  const toDrachtio = await ownAddressTo(bareHost(host), port);
  if (target === undefined || !isLoopback(toDrachtio)) return toDrachtio;
  // A target without an address, or behind a drachtio that runs elsewhere by a tunnel, says nothing of our address.
  return await ownAddressTo(bareHost(hostOf(target)), ANY_PORT).catch(() => toDrachtio);
}
