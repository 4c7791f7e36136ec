import { type LookupAddress, type LookupOptions, lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Refused, because it is no public address and is not allowed. */
export class PrivateAddressError extends Error {}

type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** Whether a text is an address, or a network as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text);
}

/**
 * Tells which addresses may be connected to: public ones, and those of the allowed networks. Private, loopback, link-local,
 * multicast and otherwise reserved ones, and those that embed an IPv4 address, are not public.
 */
export class AddressGuard {
  readonly #allowed: readonly Network[];

  constructor(allowedNetworks: readonly string[]) {
    this.#allowed = allowedNetworks.map((text) => {
      if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
      const address = ipaddr.parse(text);
      return [address, address.kind() === 'ipv4' ? 32 : 128] as Network;
    });
  }

  isAllowed(text: string): boolean {
    const address = ipaddr.process(text);
    return this.#allowed.some(
      ([network, bits]) =>
        network.kind() === address.kind() && address.match([network, bits] as [typeof network, number]),
    );
  }

  isPermitted(text: string): boolean {
    return ipaddr.process(text).range() === 'unicast' || this.isAllowed(text);
  }

  /** Throws for a URL whose host is an address that may not be connected to. Node looks no address up. */
  checkHost(url: URL): void {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) === 0) return;
    if (!this.isPermitted(host)) throw refusal(host);
    if (url.protocol === 'http:' && !this.isAllowed(host)) throw clearText(host);
  }

  /**
   * Looks a name up for a connection, which is then made to what was checked here: a name that has another address a moment
   * later gains nothing by it. Without TLS it goes to allowed networks alone.
   */
  lookup({ isClear }: { isClear: boolean }): LookupFunction {
    return (hostname, options, callback) => {
      const all: LookupOptions & { all: true } = { ...options, all: true };
      resolve(hostname, all, (error, addresses) => {
        if (error !== null) return callback(error, '');
        const fit = addresses.filter(({ address }) =>
          isClear ? this.isAllowed(address) : this.isPermitted(address),
        );
        const [first] = fit;
        const [other] = addresses;
        if (first === undefined)
          return callback(
            isClear && other !== undefined && this.isPermitted(other.address)
              ? clearText(hostname)
              : refusal(other?.address ?? hostname),
            '',
          );
        if ((options as LookupOptions).all)
          return (callback as unknown as (error: null, all: LookupAddress[]) => void)(null, fit);
        callback(null, first.address, first.family);
      });
    };
  }
}

function refusal(address: string): PrivateAddressError {
  return new PrivateAddressError(
    `${address} is no public address; gateway.webhooks.allowedNetworks names others`,
  );
}

function clearText(host: string): PrivateAddressError {
  return new PrivateAddressError(
    `${host} would be called without TLS, which is for gateway.webhooks.allowedNetworks alone`,
  );
}
