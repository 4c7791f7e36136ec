import getPort from 'get-port';

/**
 * A free port of 127.0.0.1, below those that outgoing connections take (32768 and above on Linux): a client
 * that tries again and again to reach a server that is down could otherwise connect to itself, and keep the
 * port from it.
 */
export function freePort(): Promise<number> {
  const candidates = Array.from({ length: 20 }, () => 12_000 + Math.floor(Math.random() * 18_000));
  return getPort({ host: '127.0.0.1', port: candidates });
}
