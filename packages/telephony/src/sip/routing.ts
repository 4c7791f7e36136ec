import {
  formatSipUri,
  OutdialError,
  type PhoneNumber,
  parseCallerId,
  parseDestination,
  parseSipUri,
  type SipUri,
  traceHeaders,
} from '@outdial/contract';
import { bareHost } from '../addresses.js';
import type { DialRequest } from '../api.js';
import type { SipTransport, TelephonyConfiguration, Trunk } from '../configuration.js';
import { withHeaders } from './header.js';
import { formatNumber, ownIdentity, trunkIdentity } from './identity.js';
import { contactUris } from './redirect-contacts.js';

/** How an INVITE leaves: its request line, its identity headers, and where it is sent. */
export interface Route {
  requestUri: string;
  /** A SIP URI that the INVITE is sent to instead of the request URI's host, or null. */
  nextHop: string | null;
  /** `host` or `host:port` that must have an address. */
  address: string;
  transport: SipTransport;
  trunk: Trunk | null;
  headers: Record<string, string>;
}

/**
 * The routes of a call job, in the order in which they are tried: several where several trunks take the number. Throws
 * OutdialError: NO_TRUNK when nothing of the configuration takes the destination, CALLER_ID_REFUSED, INVALID_JOB for a
 * destination that steers the call past its host, or that would go unprotected where `sips:` asks for protection.
 */
export function routesFor(request: DialRequest, configuration: TelephonyConfiguration): [Route, ...Route[]] {
  const destination = parseDestination(request.callTo);
  if ('problem' in destination) throw invalid('callTo', destination.problem);
  if (destination.kind === 'tel') {
    const [first, ...others] = trunksForNumber(destination.number, request, configuration);
    const routeThrough = (trunk: Trunk) => numberThrough(trunk, destination, request);
    return [routeThrough(first), ...others.map(routeThrough)];
  }
  const uri = dialledUri(destination.uri);
  if (request.trunk === undefined) {
    const { traceHeaders: isTold, ...way } = outsideTrunks(uri, configuration);
    const own = {
      ...ownIdentity(request, configuration.fromDomain),
      ...(isTold && traceHeaders(request.traceContext)),
    };
    const headers = withHeaders(request.headers, own);
    return [{ requestUri: formatSipUri(uri), trunk: null, headers, ...way }];
  }
  const trunk = namedTrunk(request.trunk, configuration);
  assertCallerId(trunk, request);
  assertProtected(uri, trunk.transport);
  const nextHop = sipUri(trunk.address, trunk.transport);
  return [{ requestUri: formatSipUri(uri), nextHop, ...throughTrunk(trunk, request) }];
}

/**
 * The address of a destination for another SIP element, which knows nothing of our routes: that of the way that our own call
 * would take. Throws as `routesFor`.
 */
export function referredAddress(request: DialRequest, configuration: TelephonyConfiguration): string {
  const [{ requestUri, nextHop, address, trunk }] = routesFor(request, configuration);
  const uri = parseSipUri(requestUri);
  if (trunk !== null || nextHop === null || 'problem' in uri) return requestUri;
  const [, host = address, port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  return formatSipUri({ ...uri, host, port: port === undefined ? null : Number(port) });
}

/** The ways that a redirect's contacts lead to, the preferred first, as far as `followRedirectsTo` allows. */
export function redirectWays(
  contacts: readonly string[],
  configuration: TelephonyConfiguration,
): Array<Pick<Route, 'requestUri' | 'nextHop'>> {
  return contactUris(contacts).flatMap((contact) => {
    const uri = parseSipUri(contact);
    if ('problem' in uri || hasParameter(uri, 'maddr')) return [];
    if (!configuration.followRedirectsTo.some((pattern) => matchesHost(pattern, uri.host))) return [];
    return [{ requestUri: formatSipUri({ ...uri, headers: null }), nextHop: wayTo(uri) }];
  });
}

function outsideTrunks(
  uri: SipUri,
  configuration: TelephonyConfiguration,
): Pick<Route, 'nextHop' | 'address' | 'transport'> & { traceHeaders: boolean } {
  const host = bareHost(uri.host.toLowerCase());
  const route = configuration.routes.find((candidate) => bareHost(candidate.host.toLowerCase()) === host);
  if (route !== undefined) {
    const { address, transport, traceHeaders } = route;
    assertProtected(uri, transport);
    return { nextHop: sipUri(address, transport), address, transport, traceHeaders };
  }
  if (!configuration.allowedSipHosts.some((pattern) => matchesHost(pattern, host))) {
    throw new OutdialError('NO_TRUNK', `no route leads to ${uri.host}, and it is not in allowedSipHosts`);
  }
  const transport = uriTransport(uri);
  return { nextHop: wayTo(uri), address: addressOf(uri), transport, traceHeaders: false };
}

/**
 * Where a request of this URI is sent, null: to the URI itself. drachtio-server chooses the transport by the parameter
 * `transport` alone, so a `sips:` URI needs to be told to go over TLS.
 */
function wayTo(uri: SipUri): string | null {
  return uri.scheme === 'sips' ? sipUri(addressOf(uri), 'tls') : null;
}

function addressOf({ host, port }: SipUri): string {
  return port === null ? host : `${host}:${port}`;
}

function numberThrough(trunk: Trunk, { number, parameters }: PhoneNumber, request: DialRequest): Route {
  const { address, transport, numberFormat } = trunk;
  // The parameters of a tel: URI go along in the user part (RFC 3261, section 19.1.6).
  const user = `${formatNumber(number, numberFormat)}${parameters}`;
  const phone = numberFormat.userPhone ? ';user=phone' : '';
  const requestUri = `sip:${user}@${address}${transportParameter(transport)}${phone}`;
  return { requestUri, nextHop: null, ...throughTrunk(trunk, request) };
}

function throughTrunk(
  trunk: Trunk,
  request: DialRequest,
): Pick<Route, 'address' | 'transport' | 'trunk' | 'headers'> {
  const own = {
    ...trunk.headers,
    ...trunkIdentity(request, trunk),
    ...(trunk.traceHeaders && traceHeaders(request.traceContext)),
  };
  return {
    address: trunk.address,
    transport: trunk.transport,
    trunk,
    headers: withHeaders(request.headers, own),
  };
}

function trunksForNumber(
  number: string,
  request: DialRequest,
  configuration: TelephonyConfiguration,
): [Trunk, ...Trunk[]] {
  if (request.trunk !== undefined) {
    const trunk = namedTrunk(request.trunk, configuration);
    if (!takesNumber(trunk, number))
      throw new OutdialError('NO_TRUNK', `trunk "${trunk.name}" does not take this number`);
    assertCallerId(trunk, request);
    return [trunk];
  }
  const takers = configuration.trunks.filter((trunk) => takesNumber(trunk, number));
  const [taker] = takers;
  if (taker === undefined) throw new OutdialError('NO_TRUNK', 'no trunk takes this number');
  const [first, ...others] = takers.filter((trunk) => callerIdProblem(trunk, request) === null);
  if (first === undefined) assertCallerId(taker, request);
  return [first ?? taker, ...others];
}

function namedTrunk(name: string, configuration: TelephonyConfiguration): Trunk {
  const trunk = configuration.trunks.find((candidate) => candidate.name === name);
  if (trunk === undefined) throw new OutdialError('NO_TRUNK', `there is no trunk "${name}"`);
  return trunk;
}

function takesNumber({ prefixes }: Trunk, number: string): boolean {
  const digits = withoutPlus(number);
  return prefixes === undefined || prefixes.some((prefix) => digits.startsWith(withoutPlus(prefix)));
}

function assertCallerId(trunk: Trunk, request: DialRequest): void {
  const problem = callerIdProblem(trunk, request);
  if (problem !== null) throw new OutdialError('CALLER_ID_REFUSED', problem);
}

/** Headers by which a job could show another caller id than the one that was checked (RFC 3325). */
const IDENTITY_HEADERS = ['p-asserted-identity', 'p-preferred-identity', 'remote-party-id'];

function callerIdProblem({ name, callerIds }: Trunk, request: DialRequest): string | null {
  if (callerIds === 'any') return null;
  const header = Object.keys(request.headers).find((key) => IDENTITY_HEADERS.includes(key.toLowerCase()));
  if (header !== undefined) return `trunk "${name}" does not allow a ${header} of the job's own`;
  const callerId = comparable(request.callFrom ?? '');
  const isAllowed = callerIds.some((allowed) =>
    allowed.endsWith('*')
      ? callerId.startsWith(comparable(allowed.slice(0, -1)))
      : callerId === comparable(allowed),
  );
  return isAllowed && callerId !== '' ? null : `trunk "${name}" does not allow this caller id`;
}

/** A caller id in the form in which any two spellings of one are the same: of a number, its digits. */
function comparable(text: string): string {
  const callerId = parseCallerId(text.trim());
  // The beginning of a number is none itself, and is compared by its digits.
  const isPart = typeof callerId !== 'string' && /^\+?[\d\-. ()]+$/.test(text.trim());
  return withoutPlus(typeof callerId === 'string' ? callerId : isPart ? text.replaceAll(/\D/g, '') : text);
}

/**
 * The request URI that is dialled. Its `?headers` would become headers of the INVITE (RFC 3261, section
 * 19.1.5) and are dropped; `maddr` would send it to another host than the one that was checked.
 */
function dialledUri(uri: SipUri): SipUri {
  if (hasParameter(uri, 'maddr')) throw invalid('callTo', 'a destination has no maddr parameter');
  return { ...uri, headers: null };
}

/** `sips:` is sent over TLS or not at all (RFC 3261, sections 19.1 and 26.2.2). */
function assertProtected({ scheme }: SipUri, transport: SipTransport): void {
  if (scheme !== 'sips' || transport === 'tls') return;
  throw invalid(
    'callTo',
    `a sips: destination goes over TLS alone, and its way is ${transport.toUpperCase()}`,
  );
}

function hasParameter(uri: SipUri, name: string): boolean {
  return uri.params.some(([key]) => key.toLowerCase() === name);
}

function uriTransport(uri: SipUri): SipTransport {
  const named = uri.params.find(([key]) => key.toLowerCase() === 'transport')?.[1]?.toLowerCase();
  if (uri.scheme === 'sips' || named === 'tls') return 'tls';
  return named === 'tcp' ? 'tcp' : 'udp';
}

/** `*` matches any host, `*.example.com` the domain and what is below it. */
function matchesHost(pattern: string, host: string): boolean {
  const wanted = bareHost(pattern.toLowerCase());
  const name = bareHost(host.toLowerCase());
  if (wanted === '*') return true;
  if (!wanted.startsWith('*.')) return name === wanted;
  return name === wanted.slice(2) || name.endsWith(wanted.slice(1));
}

function sipUri(address: string, transport: SipTransport): string {
  return `sip:${address}${transportParameter(transport)}`;
}

/** `;transport=tcp`; nothing for UDP, the default. */
export function transportParameter(transport: SipTransport): string {
  return transport === 'udp' ? '' : `;transport=${transport}`;
}

function withoutPlus(text: string): string {
  return text.replace(/^\+/, '');
}

function invalid(path: string, message: string): OutdialError {
  return new OutdialError('INVALID_JOB', `${path}: ${message}`, { issues: [{ path, message }] });
}
