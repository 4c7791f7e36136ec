import { isIPv6 } from 'node:net';
import { z } from 'zod';

const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?\.?$/;

/** zod: a host: a name, an IPv4 address, or an IPv6 address with or without brackets. It comes out with brackets. */
export const hostSchema = z.string().transform((text, context) => {
  const host = bracketed(text);
  if (host !== null) return host;
  context.addIssue({ code: 'custom', message: 'not a host name or IP address', input: text });
  return z.NEVER;
});

/**
 * zod: where SIP is sent to: `host`, `host:port`, `[v6]:port` or an IPv6 address alone. Without a port, SRV records are looked
 * up.
 */
export const sipAddressSchema = z.string().transform((text, context) => {
  const [, before = '', port] = /^(.*?)(:\d{1,5})?$/.exec(text) ?? [];
  // Of an IPv6 address without brackets all of it is the address.
  const host = bracketed(text) ?? (isIPv6(text) ? null : bracketed(before));
  if (host !== null) return bracketed(text) === null ? `${host}${port ?? ''}` : host;
  context.addIssue({ code: 'custom', message: 'not host or host:port', input: text });
  return z.NEVER;
});

/** A host as sockets and resolvers take it: an IPv6 address without its brackets. */
export function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** The host of a SIP address: without its port. */
export function hostOf(address: string): string {
  return address.replace(/:\d+$/, '');
}

function bracketed(text: string): string | null {
  const bare = bareHost(text);
  if (isIPv6(bare)) return `[${bare}]`;
  return NAME.test(text) ? text : null;
}
