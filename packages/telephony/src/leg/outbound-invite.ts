import type { Logger } from 'pino';
import type { Trunk } from '../configuration.js';
import { separateHeaders } from '../drachtio/separate-headers.js';
import type { Dialog, SipRequest, SipResponse, UacError } from '../drachtio/srf-types.js';
import { ChallengeResponder } from '../sip/digest/challenge-responder.js';
import { cseqOf, firstHeader, withHeaders } from '../sip/header.js';
import type { DialTarget, DialTargets, Failure } from './dial-targets.js';
import type { LegOptions } from './leg-options.js';
import { isUnsent } from './rejection.js';

/** What happens to an INVITE. Exactly one of the last four comes, last; nothing comes once the server is lost. */
export interface InviteListener {
  /** The next INVITE goes to this target: what another one has said of its media is over. */
  onTarget(target: DialTarget): void;
  /** It left, or was sent again: its transaction is in the whereabouts. */
  onInvited(stackTxnId: string): void;
  onProgressed(response: SipResponse): void;
  /** An UPDATE of the far end before the answer (RFC 3311); `contact` is the INVITE's own. */
  onUpdate(update: SipRequest, response: SipResponse, contact: string): void;
  onAnswered(dialog: Dialog): void;
  /** A final response that makes no dialog and leads nowhere else; also a 2xx that drachtio-srf can do nothing with. */
  onRefused(response: SipResponse, context: RefusalContext): void;
  /** It did not leave. */
  onUnsent(error: Error | null): void;
  /** It left and cannot be followed: what drachtio said of it could not be read. */
  onLostTrack(error: Error | null): void;
}

export interface RefusalContext {
  /** The trunk that refused, or null outside trunks. */
  trunk: Trunk | null;
  /** Whether it had been sent credentials. */
  wereCredentialsSent: boolean;
}

/**
 * The INVITE of one call until its final response. It may have to be sent several times, each in a transaction of its own
 * that the whereabouts tell: with credentials, to where a redirect leads, or through the next trunk. All share the Call-ID
 * and From tag, with a rising CSeq (RFC 3261, sections 8.1.3.4 and 22.2).
 */
export class OutboundInvite {
  readonly #options: LegOptions;
  readonly #targets: DialTargets;
  readonly #listener: InviteListener;
  readonly #logger: Logger;
  #responder: ChallengeResponder | null = null;
  #request: SipRequest | null = null;
  #isWanted = true;
  /** An INVITE has left whose transaction drachtio has not reported yet. */
  #isLeaving = false;
  #progressedOnTarget = false;
  /** Of the latest INVITE that left. */
  #lastCseq: number | null = null;
  /** The session timer that the current target asked for by 422; null where it did not. */
  #sessionTimer: Record<string, string> | null = null;

  constructor(options: LegOptions, listener: InviteListener, logger: Logger) {
    this.#options = options;
    this.#targets = options.targets;
    this.#listener = listener;
    this.#logger = logger;
  }

  send(): void {
    this.#sendTo(this.#targets.current, {});
  }

  /** Sends a CANCEL, as soon as drachtio has reported the transaction. No effect after a final response. */
  cancel(): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    if (!this.#isLeaving) this.#options.whereabouts.mayBeResent = false;
    this.#sendCancel();
  }

  #sendTo(target: DialTarget, more: Record<string, string>): void {
    const credentials = target.trunk?.credentials;
    this.#responder = credentials === undefined ? null : new ChallengeResponder(credentials);
    this.#progressedOnTarget = false;
    this.#sessionTimer = null;
    this.#options.whereabouts.trunk = target.trunk?.name;
    this.#listener.onTarget(target);
    this.#send(target, more);
  }

  #send({ requestUri, nextHop, headers }: DialTarget, more: Record<string, string>): void {
    const { media, whereabouts, drachtio } = this.#options;
    this.#isLeaving = true;
    drachtio.invite(
      requestUri,
      {
        headers: {
          'Call-ID': whereabouts.callId,
          ...(this.#sessionTimer === null ? headers : withHeaders(headers, this.#sessionTimer)),
          ...more,
        },
        localSdp: media.offer,
        ...(nextHop === null ? {} : { proxy: nextHop }),
      },
      {
        cbRequest: (error, request) => {
          if (error === null && request !== undefined) this.#left(request);
        },
        cbProvisional: (response) => this.#progressed(response),
      },
      (error, dialog) => {
        this.#isLeaving = false;
        if (dialog === undefined) this.#failed(error);
        else this.#listener.onAnswered(dialog);
      },
    );
  }

  #left(request: SipRequest): void {
    this.#request = request;
    this.#lastCseq = cseqOf(request);
    // drachtio-srf adds a listener of its own next, which answers with our first offer whatever the UPDATE has.
    queueMicrotask(() => this.#takeUpdates(request));
    this.#options.drachtio.noteSize(request, this.#targets.current.trunk?.name ?? null);
    const { whereabouts } = this.#options;
    whereabouts.stackTxnId = request.stackTxnId;
    whereabouts.mayBeResent = this.#isWanted && (this.#responder !== null || this.#targets.mayGoOn);
    this.#isLeaving = false;
    this.#listener.onInvited(request.stackTxnId);
    if (!this.#isWanted) this.#sendCancel();
  }

  #takeUpdates(request: SipRequest): void {
    const contact = firstHeader(request, 'contact') ?? '';
    request.removeAllListeners('update');
    request.on('update', (update: SipRequest, response: SipResponse) =>
      this.#listener.onUpdate(update, response, contact),
    );
  }

  #progressed(response: SipResponse): void {
    if (response.status <= 100) return;
    this.#progressedOnTarget = true;
    // Neither a challenge nor the failure of a trunk comes after that.
    this.#options.whereabouts.mayBeResent = this.#isWanted && this.#targets.followsRedirects;
    this.#listener.onProgressed(response);
  }

  #failed(error: UacError | null): void {
    const response = error?.res;
    const request = this.#request;
    this.#request = null;
    if (response === undefined) {
      if (!isUnsent(error)) this.#listener.onLostTrack(error);
      // drachtio refused to send it, for want of a transport to this target, say: another may be reached.
      else if (error?.code !== 'EDRACHTIO' || !this.#isWanted || !this.#goOn(UNSENT))
        this.#listener.onUnsent(error);
      return;
    }
    const isSentAgain =
      this.#isWanted &&
      request !== null &&
      (this.#answerChallenge(response) ||
        this.#lengthenSession(response) ||
        this.#goOn(failureOf(response, this.#progressedOnTarget)));
    if (isSentAgain) return;
    this.#options.whereabouts.mayBeResent = false;
    this.#listener.onRefused(response, {
      trunk: this.#targets.current.trunk,
      wereCredentialsSent: this.#responder?.hasAnswered ?? false,
    });
  }

  #answerChallenge(response: SipResponse): boolean {
    if (response.status !== 401 && response.status !== 407) return false;
    const target = this.#targets.current;
    const credentials = this.#responder?.answer(response.msg.headers, {
      method: 'INVITE',
      uri: target.requestUri,
      body: this.#options.media.offer,
    });
    if (!credentials) return false;
    this.#send(target, { ...this.#nextCseq(), ...separateHeaders(credentials) });
    return true;
  }

  /** A session timer that is too short for the target is replaced once by the shortest that it takes (RFC 4028 section 7.3). */
  #lengthenSession(response: SipResponse): boolean {
    const minSeconds = /^\s*(\d{1,9})/.exec(firstHeader(response, 'min-se') ?? '')?.[1];
    if (response.status !== 422 || minSeconds === undefined || this.#sessionTimer !== null) return false;
    this.#sessionTimer = { 'Session-Expires': minSeconds, 'Min-SE': minSeconds, Supported: 'timer' };
    this.#send(this.#targets.current, this.#nextCseq());
    return true;
  }

  #goOn(failure: Failure): boolean {
    const target = this.#targets.next(failure);
    if (target === null) return false;
    this.#logger.info({ status: failure.status, trunk: target.trunk?.name }, 'call tried elsewhere');
    this.#sendTo(target, this.#nextCseq());
    return true;
  }

  /** One INVITE follows another in the same call (RFC 3261 section 22.2); the first has the number that drachtio gives it. */
  #nextCseq(): Record<string, string> {
    return this.#lastCseq === null ? {} : { CSeq: `${this.#lastCseq + 1} INVITE` };
  }

  #sendCancel(): void {
    // An error means that the final response is on its way.
    try {
      this.#request?.cancel(() => undefined);
    } catch (error) {
      // An assertion when there is no connection just now: the loss of the server is about to be reported.
      this.#logger.debug({ err: error }, 'CANCEL not sent');
    }
  }
}

/** An INVITE that drachtio did not send says as much of the target as one that met no answer. */
const UNSENT: Failure = { status: 503, isLocal: true, contacts: [], progressed: false };

function failureOf(response: SipResponse, progressed: boolean): Failure {
  return {
    status: response.status,
    // Only what came over the network has an address that it came from.
    isLocal: !response.source_address,
    contacts: [response.msg.headers.contact ?? []].flat(),
    progressed,
  };
}
