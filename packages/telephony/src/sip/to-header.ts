import { formatSipUri, parseSipUri } from '@outdial/contract';

/** Parameters that a To or From header's URI must not have (RFC 3261 section 19.1.1, table 1). */
const FORBIDDEN = ['transport', 'maddr', 'ttl', 'method', 'lr'];

/**
 * The To header for a request URI. Always in brackets: a URI without them would turn its parameters into ones of the header
 * (RFC 3261 section 20).
 */
export function toHeader(requestUri: string): string {
  const uri = parseSipUri(requestUri);
  if ('problem' in uri) return `<${requestUri}>`;
  const params = uri.params.filter(([name]) => !FORBIDDEN.includes(name.toLowerCase()));
  return `<${formatSipUri({ ...uri, port: null, params, headers: null })}>`;
}
