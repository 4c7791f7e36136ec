import { formatSipUri, OutdialError, parseDestination, parseSipUri, type SipUri } from '@outdial/contract';
import type { DialRequest } from './api.js';
import type { SipTransport, TelephonyConfiguration, Trunk } from './configuration.js';

/** How an INVITE leaves: what its request line and identity headers say, and where it is sent. */
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
 * The route of a call job. Throws OutdialError: NO_TRUNK when nothing of the configuration takes the
 * destination, CALLER_ID_REFUSED, INVALID_JOB for a destination that steers the call past its host.
 */
export function routeFor(request: DialRequest, configuration: TelephonyConfiguration): Route {
  const destination = parseDestination(request.callTo);
  if ('problem' in destination) throw invalid('callTo', destination.problem);
  if (destination.kind === 'tel') {
    const trunk = trunkForNumber(destination.number, request, configuration);
    const requestUri = `sip:${destination.number}@${trunk.address}${transportParameter(trunk.transport)}`;
    return { ...throughTrunk(trunk, request), requestUri, nextHop: null };
  }
  const uri = dialledUri(destination.uri);
  const requestUri = formatSipUri(uri);
  if (request.trunk !== undefined) {
    const trunk = namedTrunk(request.trunk, configuration);
    assertCallerId(trunk, request);
    return { ...throughTrunk(trunk, request), requestUri, nextHop: sipUri(trunk.address, trunk.transport) };
  }
  return { ...outsideTrunks(uri, configuration), requestUri, trunk: null, headers: ownHeaders() };

  function ownHeaders(): Record<string, string> {
    const [user, domain = configuration.fromDomain] = (request.callFrom ?? 'outdial').split('@');
    return { ...request.headers, From: `<sip:${user}@${domain}>` };
  }
}

/** Where a redirect may lead, as `followRedirectsTo` allows, or null. */
export function redirectTarget(contact: string, configuration: TelephonyConfiguration): string | null {
  const uri = parseSipUri(/<([^>]*)>/.exec(contact)?.[1] ?? contact.trim());
  if ('problem' in uri || hasParameter(uri, 'maddr')) return null;
  if (!configuration.followRedirectsTo.some((pattern) => matchesHost(pattern, uri.host))) return null;
  return formatSipUri({ ...uri, headers: null });
}

function outsideTrunks(
  uri: SipUri,
  configuration: TelephonyConfiguration,
): Pick<Route, 'nextHop' | 'address' | 'transport'> {
  const host = uri.host.toLowerCase();
  const route = configuration.routes.find((candidate) => candidate.host.toLowerCase() === host);
  if (route !== undefined) {
    const { address, transport } = route;
    return { nextHop: sipUri(address, transport), address, transport };
  }
  if (!configuration.allowedSipHosts.some((pattern) => matchesHost(pattern, host))) {
    throw new OutdialError('NO_TRUNK', `no route leads to ${uri.host}, and it is not in allowedSipHosts`);
  }
  const address = uri.port === null ? uri.host : `${uri.host}:${uri.port}`;
  return { nextHop: null, address, transport: uriTransport(uri) };
}

function throughTrunk(
  trunk: Trunk,
  request: DialRequest,
): Pick<Route, 'address' | 'transport' | 'trunk' | 'headers'> {
  const [user, domain = trunk.fromDomain ?? hostOf(trunk.address)] = (request.callFrom ?? 'outdial').split(
    '@',
  );
  const identity = `<sip:${user}@${domain}>`;
  const trunkHeaders = new Set(Object.keys(trunk.headers).map((name) => name.toLowerCase()));
  const jobHeaders = Object.entries(request.headers).filter(
    ([name]) => !trunkHeaders.has(name.toLowerCase()),
  );
  return {
    address: trunk.address,
    transport: trunk.transport,
    trunk,
    headers: {
      ...Object.fromEntries(jobHeaders),
      ...trunk.headers,
      From: identity,
      ...(trunk.callerIdIn === 'pAssertedIdentity' ? { 'P-Asserted-Identity': identity } : {}),
    },
  };
}

function trunkForNumber(number: string, request: DialRequest, configuration: TelephonyConfiguration): Trunk {
  if (request.trunk !== undefined) {
    const trunk = namedTrunk(request.trunk, configuration);
    if (!takesNumber(trunk, number))
      throw new OutdialError('NO_TRUNK', `trunk "${trunk.name}" does not take this number`);
    assertCallerId(trunk, request);
    return trunk;
  }
  const takers = configuration.trunks.filter((trunk) => takesNumber(trunk, number));
  const [first] = takers;
  if (first === undefined) throw new OutdialError('NO_TRUNK', 'no trunk takes this number');
  const taker = takers.find((trunk) => callerIdProblem(trunk, request) === null);
  if (taker === undefined) assertCallerId(first, request);
  return taker ?? first;
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
  const callerId = withoutPlus(request.callFrom ?? '');
  const isAllowed = callerIds.some((allowed) => {
    const wanted = withoutPlus(allowed);
    return wanted.endsWith('*') ? callerId.startsWith(wanted.slice(0, -1)) : callerId === wanted;
  });
  return isAllowed && callerId !== '' ? null : `trunk "${name}" does not allow this caller id`;
}

/**
 * The request URI that is dialled. Its `?headers` would become headers of the INVITE (RFC 3261, section
 * 19.1.5) and are dropped; `maddr` would send it to another host than the one that was checked.
 */
function dialledUri(uri: SipUri): SipUri {
  if (hasParameter(uri, 'maddr')) throw invalid('callTo', 'a destination has no maddr parameter');
  return { ...uri, headers: null };
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
  const wanted = pattern.toLowerCase();
  const name = host.toLowerCase();
  if (wanted === '*') return true;
  if (!wanted.startsWith('*.')) return name === wanted;
  return name === wanted.slice(2) || name.endsWith(wanted.slice(1));
}

function sipUri(address: string, transport: SipTransport): string {
  return `sip:${address}${transportParameter(transport)}`;
}

function transportParameter(transport: SipTransport): string {
  return transport === 'udp' ? '' : `;transport=${transport}`;
}

function hostOf(address: string): string {
  return address.replace(/:\d+$/, '');
}

function withoutPlus(text: string): string {
  return text.replace(/^\+/, '');
}

function invalid(path: string, message: string): OutdialError {
  return new OutdialError('INVALID_JOB', `${path}: ${message}`, { issues: [{ path, message }] });
}
