import { parse, type SessionDescription, write } from 'sdp-transform';

/**
 * Our session description over the lifetime of a dialog. Whatever media describes itself, the `o=` line of the first offer
 * stays, and its version rises by one whenever the description changes (RFC 3264 section 8).
 */
export class LocalDescription {
  readonly #offer: string;
  #current: string;
  /** Of the latest description; null: the first offer still stands, and was not read yet. */
  #version: number | null = null;

  constructor(offer: string) {
    this.#offer = offer;
    this.#current = offer;
  }

  /** Replaces the description; returns it as it is to be sent. */
  replace(sdp: string): string {
    const { origin } = parse(this.#offer);
    const version = this.#version ?? Number(origin?.sessionVersion ?? 0);
    this.#version = version;
    const same = versioned(sdp, origin, version);
    if (same === this.#current) return same;
    this.#version += 1;
    this.#current = versioned(sdp, origin, this.#version);
    return this.#current;
  }
}

function versioned(sdp: string, origin: SessionDescription['origin'] | undefined, version: number): string {
  const session = parse(sdp);
  return write(
    origin === undefined ? session : { ...session, origin: { ...origin, sessionVersion: version } },
  );
}
