/** A SIP URI taken apart (RFC 3261, section 19.1.1). `params` and `headers` keep order and spelling. */
export interface SipUri {
  scheme: 'sip' | 'sips';
  user: string | null;
  host: string;
  port: number | null;
  params: ReadonlyArray<readonly [name: string, value: string | null]>;
  headers: string | null;
}

const USER = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-Fa-f]{2})+$/;
/** A host name's last label starts with a letter (RFC 3261, section 25.1: toplabel), unlike an IPv4 address. */
const HOST_NAME = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const IPV6 = /^\[[0-9A-Fa-f:.]{2,45}\]$/;
const PARAM = /^(?:[A-Za-z0-9\-_.!~*'()[\]/:&+$]|%[0-9A-Fa-f]{2})+$/;
const HEADERS = /^(?:[A-Za-z0-9\-_.!~*'()[\]/?:+$&=]|%[0-9A-Fa-f]{2})+$/;

/** Takes a SIP URI apart, or says in words what is wrong with it. */
export function parseSipUri(text: string): SipUri | { problem: string } {
  const scheme = /^(sips?):/i.exec(text)?.[1]?.toLowerCase() as 'sip' | 'sips' | undefined;
  if (scheme === undefined) return { problem: 'a SIP URI starts with sip: or sips:' };
  const rest = text.slice(scheme.length + 1);
  // The user part may itself hold ';' and '?', so it is split off first.
  const at = rest.indexOf('@');
  const user = at < 0 ? null : rest.slice(0, at);
  if (user !== null && !USER.test(user.replace(':', ''))) return { problem: 'its user part is not valid' };

  const [beforeHeaders = '', ...headerParts] = rest.slice(at + 1).split('?');
  const headers = headerParts.length > 0 ? headerParts.join('?') : null;
  if (headers !== null && !HEADERS.test(headers)) return { problem: 'its headers are not valid' };

  const [hostPort = '', ...rawParams] = beforeHeaders.split(';');
  const address = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(hostPort);
  const host = address?.[1] ?? '';
  if (!HOST_NAME.test(host) && !IPV4.test(host) && !IPV6.test(host))
    return { problem: 'its host is not valid' };
  const port = address?.[2] === undefined ? null : Number(address[2]);
  if (port !== null && (port < 1 || port > 65_535)) return { problem: 'its port is not between 1 and 65535' };

  const params: Array<readonly [string, string | null]> = [];
  for (const raw of rawParams) {
    const equals = raw.indexOf('=');
    const name = equals < 0 ? raw : raw.slice(0, equals);
    const value = equals < 0 ? null : raw.slice(equals + 1);
    if (!PARAM.test(name) || (value !== null && !PARAM.test(value)))
      return { problem: `its parameter "${raw}" is not valid` };
    params.push([name, value]);
  }
  return { scheme, user, host, port, params, headers };
}

/** Writes a SIP URI back, byte for byte what was parsed but for the case of its scheme. */
export function formatSipUri(uri: SipUri): string {
  const user = uri.user === null ? '' : `${uri.user}@`;
  const port = uri.port === null ? '' : `:${uri.port}`;
  const params = uri.params
    .map(([name, value]) => (value === null ? `;${name}` : `;${name}=${value}`))
    .join('');
  return `${uri.scheme}:${user}${uri.host}${port}${params}${uri.headers === null ? '' : `?${uri.headers}`}`;
}
