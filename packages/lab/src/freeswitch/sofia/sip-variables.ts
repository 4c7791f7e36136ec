import type { IncomingInvite } from '../../sip/index.js';
import { parseNameAddr, parseUri } from '../../sip/index.js';

/**
 * The channel variables that mod_sofia sets from an INVITE: addresses, tags, and every `X-` header as
 * `sip_h_X-...`.
 */
export function* sipVariables({
  request,
  callId,
  peer,
}: IncomingInvite): Generator<readonly [string, string]> {
  const { headers } = request;
  yield ['sip_call_id', callId];
  yield ['sip_user_agent', headers.get('User-Agent') ?? ''];
  yield ['sip_network_ip', peer.host];
  yield ['sip_network_port', String(peer.port)];
  yield ['sip_received_ip', peer.host];
  yield ['sip_received_port', String(peer.port)];
  yield ['sip_via_protocol', peer.protocol];
  yield ['sip_cseq', Number.parseInt(headers.get('CSeq') ?? '', 10).toString()];
  yield ['max_forwards', headers.get('Max-Forwards') ?? '70'];
  yield ['sip_full_via', headers.get('Via') ?? ''];
  yield ['sip_full_from', headers.get('From') ?? ''];
  yield ['sip_full_to', headers.get('To') ?? ''];
  yield* addressVariables('req', request.uri);
  yield* addressVariables('from', parseNameAddr(headers.get('From') ?? '').uri);
  yield* addressVariables('to', parseNameAddr(headers.get('To') ?? '').uri);
  yield* addressVariables('contact', parseNameAddr(headers.get('Contact') ?? '').uri);
  for (const { name, value } of headers.entries()) {
    if (/^X-/i.test(name)) yield [`sip_h_${name}`, value];
  }
}

function* addressVariables(which: string, text: string): Generator<readonly [string, string]> {
  const uri = parseUri(text);
  if (uri === undefined) return;
  const { user = '', host, port } = uri;
  const hostPort = port === undefined ? host : `${host}:${port}`;
  if (user !== '') yield [`sip_${which}_user`, user];
  if (port !== undefined) yield [`sip_${which}_port`, String(port)];
  yield [`sip_${which}_uri`, user === '' ? hostPort : `${user}@${hostPort}`];
  yield [`sip_${which}_host`, host];
}
