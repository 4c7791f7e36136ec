import type { Logger } from 'pino';
import { authOf } from './credentials.js';
import type { LegPlan } from './leg-plan.js';
import { isUnsent } from './rejection.js';
import type { Dialog, SipRequest, SipResponse, UacError } from './srf-types.js';

/** What comes of an INVITE; one of the last four comes last. None of it comes once the server is lost. */
export interface InviteListener {
  /** It left, or was sent anew: its transaction is in the whereabouts. */
  onInvited(stackTxnId: string): void;
  onProgressed(response: SipResponse): void;
  onAnswered(dialog: Dialog): void;
  /** A final response that makes no dialog and is not followed; a 2xx that drachtio-srf can do nothing with, too. */
  onRefused(response: SipResponse): void;
  /** It did not leave. */
  onUnsent(error: Error | null): void;
  /** It left, and cannot be followed: what drachtio said of it could not be read. */
  onLostTrack(error: Error | null): void;
}

/**
 * One INVITE until its final response, with what may have to be sent in its stead: once with credentials, once to where a
 * redirect leads, each in a transaction of its own, which the whereabouts tell.
 */
export class OutboundInvite {
  readonly #plan: LegPlan;
  readonly #listener: InviteListener;
  readonly #logger: Logger;
  #request: SipRequest | null = null;
  #isWanted = true;
  /** One has left of which drachtio has not told the transaction yet. */
  #isLeaving = false;
  #wasRedirected = false;

  constructor(plan: LegPlan, listener: InviteListener, logger: Logger) {
    this.#plan = plan;
    this.#listener = listener;
    this.#logger = logger;
  }

  send(): void {
    this.#send(this.#plan.requestUri, this.#plan.nextHop);
  }

  /**
   * Until drachtio has told the transaction there is nothing to cancel by; then it is made up for. Once there is a final
   * response it has no effect.
   */
  cancel(): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    if (!this.#isLeaving) this.#plan.whereabouts.mayBeSentAnew = false;
    this.#sendCancel();
  }

  #send(uri: string, nextHop: string | null): void {
    const { headers, media, credentials, whereabouts, drachtio } = this.#plan;
    this.#isLeaving = true;
    drachtio.invite(
      uri,
      {
        headers: { ...headers, 'Call-ID': whereabouts.callId },
        localSdp: media.offer,
        ...(nextHop === null ? {} : { proxy: nextHop }),
        ...authOf(credentials, () => this.#mayAnswerChallenge()),
      },
      {
        cbRequest: (error, request) => {
          if (error === null && request !== undefined) this.#invited(request);
        },
        cbProvisional: (response) => this.#progressed(response),
      },
      (error, dialog) => {
        this.#request = null;
        this.#isLeaving = false;
        if (dialog === undefined) this.#failed(error);
        else this.#listener.onAnswered(dialog);
      },
    );
  }

  #invited(request: SipRequest): void {
    this.#request = request;
    // Sent anew with credentials: another transaction. drachtio-srf redirects `cancel` to it by itself.
    request.on('authenticate', (renewed: SipRequest) => this.#left(renewed.stackTxnId, false));
    this.#left(request.stackTxnId, this.#plan.credentials !== null);
    if (!this.#isWanted) this.#sendCancel();
  }

  #left(stackTxnId: string, mayBeChallenged: boolean): void {
    const { whereabouts } = this.#plan;
    whereabouts.stackTxnId = stackTxnId;
    whereabouts.mayBeSentAnew = this.#isWanted && (mayBeChallenged || this.#mayBeRedirected());
    this.#isLeaving = false;
    this.#listener.onInvited(stackTxnId);
  }

  #progressed(response: SipResponse): void {
    if (response.status <= 100) return;
    // A challenge comes before anything else.
    this.#plan.whereabouts.mayBeSentAnew = this.#isWanted && this.#mayBeRedirected();
    this.#listener.onProgressed(response);
  }

  /** A challenge is answered by an INVITE that leaves at once. */
  #mayAnswerChallenge(): boolean {
    this.#isLeaving = this.#isWanted;
    return this.#isWanted;
  }

  #failed(error: UacError | null): void {
    const response = error?.res;
    if (response === undefined) {
      if (isUnsent(error)) this.#listener.onUnsent(error);
      else this.#listener.onLostTrack(error);
    } else if (!this.#followRedirect(response)) this.#listener.onRefused(response);
  }

  #followRedirect(response: SipResponse): boolean {
    const isRedirect = response.status >= 300 && response.status < 400;
    if (!isRedirect || !this.#mayBeRedirected() || !this.#isWanted) return false;
    const target = this.#plan.redirect([response.msg.headers.contact ?? ''].flat()[0] ?? '');
    if (target === null) return false;
    this.#wasRedirected = true;
    this.#send(target, null);
    return true;
  }

  #mayBeRedirected(): boolean {
    return this.#plan.followsRedirects && !this.#wasRedirected;
  }

  #sendCancel(): void {
    // A refusal means that the final response is on its way.
    try {
      this.#request?.cancel(() => undefined);
    } catch (error) {
      // An assertion when there is no connection just now: the loss of the server is about to be reported.
      this.#logger.debug({ err: error }, 'CANCEL');
    }
  }
}
