import type { SrtpPolicy, Trunk } from '../configuration.js';

/** Where one INVITE of a call is sent, and as what. */
export interface DialTarget {
  requestUri: string;
  /** A SIP URI that the INVITE is sent to instead of the request URI's host, or null. */
  nextHop: string | null;
  headers: Record<string, string>;
  /** Whose credentials answer its challenges; null outside trunks, where no challenge is answered. */
  trunk: Trunk | null;
  srtp: SrtpPolicy;
}

/** A final response above 2xx, as far as it decides whether the call is tried elsewhere. */
export interface Failure {
  status: number;
  /** Made by our own stack: the target did not answer, or could not be reached. */
  isLocal: boolean;
  /** The values of its Contact headers. */
  contacts: readonly string[];
  /** Whether a provisional response above 100 had come: somebody may have heard it ring. */
  progressed: boolean;
}

export interface DialTargetsOptions {
  /** Targets in their order: a failure of the first that says nothing about the callee leads to the next. */
  targets: readonly [DialTarget, ...DialTarget[]];
  /** Whether any redirect is followed. */
  followsRedirects: boolean;
  /** The targets that the contacts of a redirect lead to, in their order; empty where none is followed. */
  redirect(from: DialTarget, contacts: readonly string[]): DialTarget[];
  /** Takes a place on a target's trunk; false where it is full. */
  enter(target: DialTarget): boolean;
}

/** INVITEs that redirects may cause for one call (RFC 3261, section 8.1.3.4, leaves the number open). */
const REDIRECTED_MAX = 5;

/** The targets of one call, tried one after the other until one has an answer about the callee. */
export class DialTargets {
  readonly #options: DialTargetsOptions;
  readonly #seen = new Set<string>();
  /** Alternatives, the next first. `isRedirect`: a contact of a redirect, not another trunk. */
  #waiting: Array<{ target: DialTarget; isRedirect: boolean }>;
  #current: DialTarget;
  #isRedirected = false;
  #redirected = 0;

  constructor(options: DialTargetsOptions) {
    this.#options = options;
    const [first, ...others] = options.targets;
    this.#current = first;
    this.#seen.add(keyOf(first));
    this.#waiting = others.map((target) => ({ target, isRedirect: false }));
  }

  get current(): DialTarget {
    return this.#current;
  }

  get followsRedirects(): boolean {
    return this.#options.followsRedirects && this.#redirected < REDIRECTED_MAX;
  }

  /** Whether a failure of the current target may lead to another. */
  get mayGoOn(): boolean {
    return this.#waiting.length > 0 || this.followsRedirects;
  }

  /** The target to try after a failure of the current one, or null: the failure is the call's. */
  next(failure: Failure): DialTarget | null {
    const { status, contacts } = failure;
    if (status >= 300 && status < 400) {
      this.#follow(contacts);
      return this.#take(({ isRedirect }) => isRedirect);
    }
    if (failure.progressed) return null;
    if (this.#isRedirected)
      return mayTryNextContact(failure) ? this.#take(({ isRedirect }) => isRedirect) : null;
    return isTrunkFailure(failure) ? this.#take(() => true) : null;
  }

  #follow(contacts: readonly string[]): void {
    const targets = this.#options.redirect(this.#current, contacts);
    this.#waiting = [...targets.map((target) => ({ target, isRedirect: true })), ...this.#waiting];
  }

  #take(isWanted: (waiting: { isRedirect: boolean }) => boolean): DialTarget | null {
    while (true) {
      const index = this.#waiting.findIndex(isWanted);
      const [taken] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (taken === undefined) return null;
      const { target, isRedirect } = taken;
      if (isRedirect && this.#redirected >= REDIRECTED_MAX) return null;
      if (this.#seen.has(keyOf(target)) || !this.#options.enter(target)) continue;
      this.#seen.add(keyOf(target));
      if (isRedirect) this.#redirected += 1;
      this.#isRedirected ||= isRedirect;
      this.#current = target;
      return target;
    }
  }
}

/** The trunk failed, and not the callee: an internal error, an overload, or no answer at all. */
function isTrunkFailure({ status, isLocal }: Failure): boolean {
  return isLocal || status === 500 || status === 503;
}

/** A redirect's next contact is tried unless the callee has decided: busy, or a global failure (RFC 3261, section 21.6). */
function mayTryNextContact({ status, isLocal }: Failure): boolean {
  return isLocal || (status >= 400 && status < 600 && status !== 486 && status !== 487);
}

function keyOf({ requestUri, nextHop }: DialTarget): string {
  return `${requestUri} ${nextHop ?? ''}`;
}
