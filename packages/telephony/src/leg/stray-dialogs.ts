import type { LegReport } from '../api.js';
import type { Trunk } from '../configuration.js';
import { requestAuthenticated } from '../drachtio/authenticated-request.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import type { RequestOptions, SipResponse } from '../drachtio/srf-types.js';
import { cseqOf, firstHeader, tagOf, uriOf } from '../sip/header.js';

/**
 * Ends dialogs that drachtio has no dialog of, or none that it can send a request in: a 2xx other than 200, a 200 without a
 * Contact, and a fork whose 200 is not passed on, since drachtio takes it for a repetition of the first. The callee would
 * stay up with them, so they are ended by requests of our own, which drachtio sends outside its dialogs.
 */
export class StrayDialogs {
  readonly #drachtio: DrachtioServer;
  readonly #trunkOf: () => Trunk | null;
  /** The early dialogs of a forked INVITE (RFC 3261 section 13.2.2.4), by their To tag. */
  readonly #early = new Map<string, SipResponse>();
  #cseq = 0;

  /** `trunkOf` gives the trunk that the latest INVITE went to. */
  constructor(drachtio: DrachtioServer, trunkOf: () => Trunk | null) {
    this.#drachtio = drachtio;
    this.#trunkOf = trunkOf;
  }

  /** Forgets the early dialogs: another INVITE has left, since the one that made them was refused. */
  forgetEarly(): void {
    this.#early.clear();
  }

  /** Remembers the early dialog of a provisional response, if it makes one. */
  noteEarly(response: SipResponse): void {
    const tag = tagOf(firstHeader(response, 'to'));
    if (tag !== undefined && contactOf(response) !== undefined) this.#early.set(tag, response);
  }

  /**
   * Ends the forks of an INVITE that another fork answered. A far end that merely changes its tag (a gateway that forks by
   * itself) keeps its Contact, and has ended its other calls.
   */
  endForks(answer: SipResponse): Promise<LegReport>[] {
    const answeredTag = tagOf(firstHeader(answer, 'to'));
    const others = [...this.#early].filter(
      ([tag, response]) => tag !== answeredTag && contactOf(response) !== contactOf(answer),
    );
    this.forgetEarly();
    return others.map(([, response]) => this.#bye(response, undefined));
  }

  /** Ends the dialog of a 2xx that drachtio-srf makes none of: acknowledges it, and hangs up. */
  async endUnusable(answer: SipResponse): Promise<LegReport> {
    await this.#drachtio.request(outside(answer, 'ACK', cseqOf(answer))).catch(() => undefined);
    // drachtio keeps a dialog of a 200 without a Contact, in which it can send what has a URI of its own, except an ACK;
    // of another 2xx it keeps none.
    return this.#bye(answer, answer.status === 200 ? answer.stackDialogId : undefined);
  }

  async #bye(response: SipResponse, stackDialogId: string | undefined): Promise<LegReport> {
    this.#cseq = Math.max(this.#cseq, cseqOf(response)) + 1;
    const bye =
      stackDialogId === undefined
        ? outside(response, 'BYE', this.#cseq)
        : { method: 'BYE', uri: sourceOf(response), stackDialogId };
    try {
      const { status } = await requestAuthenticated(
        this.#drachtio,
        bye,
        this.#trunkOf()?.credentials ?? null,
      );
      if (status === 481) return 'gone';
      return status >= 200 && status < 300 ? 'released' : 'unreachable';
    } catch {
      return 'unreachable';
    }
  }
}

/** A request in the dialog of a response, which drachtio sends as one of no dialog of its own. */
function outside(response: SipResponse, method: string, cseq: number): RequestOptions {
  const source = sourceOf(response);
  return {
    method,
    uri: contactOf(response) ?? source,
    // Whatever answered is on the way to the callee.
    proxy: source,
    headers: {
      From: firstHeader(response, 'from') ?? '',
      To: firstHeader(response, 'to') ?? '',
      'Call-ID': firstHeader(response, 'call-id') ?? '',
      CSeq: `${cseq} ${method}`,
    },
  };
}

function contactOf(response: SipResponse): string | undefined {
  return uriOf(firstHeader(response, 'contact'));
}

/** Where a response came from, as a SIP URI. */
function sourceOf({ source_address: host, source_port: port, protocol }: SipResponse): string {
  const address = host.includes(':') ? `[${host}]` : host;
  return `sip:${address}:${port}${protocol === 'udp' ? '' : `;transport=${protocol}`}`;
}
