import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';

/**
 * Our own address on the route to a host: the one that the host can connect back to, unless a NAT is between. Nothing is
 * sent. Rejects when the host has no address, or none that can be routed to.
 */
export async function ownAddressTo(host: string, port: number): Promise<string> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject).connect(port, address, resolve);
    });
    return socket.address().address;
  } finally {
    socket.close();
  }
}

/** Whether an address stands for all of this machine: it can be listened on, and not be connected to. */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Whether an address is reached from this machine alone. */
export function isLoopback(address: string): boolean {
  return isIPv6(address) ? address === '::1' : address.startsWith('127.');
}
