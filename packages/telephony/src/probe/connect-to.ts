import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { bareHost, hostOf } from '../addresses.js';
import type { Trunk } from '../configuration.js';

const CONNECT_WITHIN_MS = 3000;

/**
 * Connects to a trunk over TCP or TLS from this machine, and closes the connection. Null for UDP, which has none. Without a
 * port, 5060 or 5061 is tried (RFC 3261, section 19.1.2).
 */
export function connectTo({ address, transport }: Trunk): Promise<'connected' | { problem: string } | null> {
  if (transport === 'udp') return Promise.resolve(null);
  const host = bareHost(hostOf(address));
  const port = Number(/:(\d+)$/.exec(address)?.[1] ?? (transport === 'tls' ? 5061 : 5060));
  return new Promise((resolve) => {
    const socket: Socket =
      transport === 'tls'
        ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
        : connectTcp({ host, port });
    const settle = (result: 'connected' | { problem: string }) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(CONNECT_WITHIN_MS, () => settle({ problem: `no answer in ${CONNECT_WITHIN_MS} ms` }));
    socket.once('error', (error) => settle({ problem: error.message }));
    socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => settle('connected'));
  });
}
