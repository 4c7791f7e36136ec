/** Resolves a SIP URI to transport, address and port (RFC 3263 without SRV, which a lab does not need). */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { parseUri, protocolOf, transportOf } from '../message/uri.js';
import type { Peer, SipProtocol } from './transport.js';

/** The peer of a URI whose host is an address or `localhost`; `lookUp` when its name must be resolved. */
export function peerOf(uri: string): Peer | 'lookUp' | undefined {
  const parsed = parseUri(uri);
  if (parsed === undefined) return undefined;
  const protocol = transportOf(parsed);
  if (protocol !== 'udp' && protocol !== 'tcp' && protocol !== 'tls') return undefined;
  const host = parsed.params.get('maddr') ?? parsed.host;
  const address = host.toLowerCase() === 'localhost' ? '127.0.0.1' : host;
  if (isIP(address) === 0) return 'lookUp';
  return { protocol, host: address, port: parsed.port ?? portOf(protocol) };
}

/** Undefined when the name is unknown or the URI cannot be sent to. */
export async function lookUpPeer(uri: string): Promise<Peer | undefined> {
  const parsed = parseUri(uri);
  if (parsed === undefined) return undefined;
  try {
    const name = parsed.params.get('maddr') ?? parsed.host;
    const { address } = await lookup(name, { family: 4 });
    const protocol = protocolOf(uri);
    return { protocol, host: address, name, port: parsed.port ?? portOf(protocol) };
  } catch {
    return undefined;
  }
}

function portOf(protocol: SipProtocol): number {
  return protocol === 'tls' ? 5061 : 5060;
}
