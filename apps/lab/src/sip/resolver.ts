/** Where a SIP URI points: transport, address and port (RFC 3263 without SRV, which a lab has no use for). */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Peer } from './transport.js';
import { parseUri } from './uri.js';

/** The peer of a URI whose host is an address or `localhost`; `lookUp` when a name has to be asked for. */
export function peerOf(uri: string): Peer | 'lookUp' | undefined {
  const parsed = parseUri(uri);
  if (parsed === undefined || parsed.scheme === 'sips') return undefined;
  const transport = parsed.params.get('transport')?.toLowerCase() ?? 'udp';
  if (transport !== 'udp' && transport !== 'tcp') return undefined;
  const host = parsed.params.get('maddr') ?? parsed.host;
  const address = host.toLowerCase() === 'localhost' ? '127.0.0.1' : host;
  if (isIP(address) === 0) return 'lookUp';
  return { protocol: transport, host: address, port: parsed.port ?? 5060 };
}

/** Undefined when the name is unknown or the URI is none that can be sent to. */
export async function lookUpPeer(uri: string): Promise<Peer | undefined> {
  const parsed = parseUri(uri);
  if (parsed === undefined) return undefined;
  try {
    const { address } = await lookup(parsed.params.get('maddr') ?? parsed.host, { family: 4 });
    const transport = parsed.params.get('transport')?.toLowerCase() === 'tcp' ? 'tcp' : 'udp';
    return { protocol: transport, host: address, port: parsed.port ?? 5060 };
  } catch {
    return undefined;
  }
}
