import type { Logger } from 'pino';
import type { SipRequest, SipResponse } from '../drachtio/srf-types.js';
import type { MediaSession } from '../media/media-session.js';
import { ALLOW, OPTIONS_HEADERS } from '../sip/allow.js';
import { firstHeader } from '../sip/header.js';
import { digitOfInfo } from '../sip/info-digit.js';

/** RFC 3261 section 14.2: a random wait of up to 10 s. */
const RETRY_AFTER_MAX_SECONDS = 10;

/**
 * Answers the far end's requests in the dialog of a call, in the place of drachtio-srf: that accepts requests with which it
 * does nothing (REFER, MESSAGE, ...), and answers an UPDATE with our old offer.
 */
export class InDialogRequests {
  readonly #session: MediaSession;
  readonly #logger: Logger;
  readonly #onDigit: (digit: string) => void;
  /** Takes the NOTIFYs of a REFER of ours (RFC 3515); null: there is none. */
  onNotify: ((notify: SipRequest) => void) | null = null;
  /** An offer of the far end's is being applied. */
  #isAnswering = false;

  /** `onDigit` takes the keys that come by INFO. */
  constructor(session: MediaSession, onDigit: (digit: string) => void, logger: Logger) {
    this.#session = session;
    this.#onDigit = onDigit;
    this.#logger = logger;
  }

  /** Handles any request but a BYE. `contact` is our own Contact in this dialog. */
  handle(request: SipRequest, response: SipResponse, contact: string): void {
    switch (request.method) {
      case 'INVITE':
      case 'UPDATE':
        this.#renegotiate(request, response, contact);
        break;
      case 'ACK':
        this.#acknowledged(request);
        break;
      case 'OPTIONS':
        response.send(200, { headers: OPTIONS_HEADERS });
        break;
      case 'INFO':
        response.send(200);
        this.#informed(request);
        break;
      case 'NOTIFY':
        this.#notified(request, response);
        break;
      default:
        // RFC 3261 section 8.2.1.
        response.send(405, { headers: { Allow: ALLOW } });
    }
  }

  /** One that belongs to no REFER is of no subscription (RFC 6665 section 4.1.3). */
  #notified(notify: SipRequest, response: SipResponse): void {
    const isOfRefer = /^\s*refer\b/i.test(firstHeader(notify, 'event') ?? '');
    if (this.onNotify === null || !isOfRefer) {
      response.send(481);
      return;
    }
    response.send(200);
    this.onNotify(notify);
  }

  /** What tells no key is accepted too, and of no use here. */
  #informed(info: SipRequest): void {
    const digit = digitOfInfo(firstHeader(info, 'content-type'), info.body);
    if (digit !== null) this.#onDigit(digit);
  }

  /** RFC 3261 section 14.2 and RFC 3311 section 5.2. */
  #renegotiate(request: SipRequest, response: SipResponse, contact: string): void {
    const offer = request.body ?? '';
    const isInvite = request.method === 'INVITE';
    if (offer === '' && !isInvite) this.#accept(request, response, contact);
    else if (this.#isAnswering) this.#postpone(response);
    else if (this.#session.awaitsAnswer) response.send(491);
    else if (offer === '') this.#accept(request, response, contact, this.#session.offerAgain());
    else void this.#answer(offer, request, response, contact);
  }

  async #answer(offer: string, request: SipRequest, response: SipResponse, contact: string): Promise<void> {
    this.#isAnswering = true;
    const outcome = await this.#session.answer(offer);
    this.#isAnswering = false;
    if ('answer' in outcome) this.#accept(request, response, contact, outcome.answer);
    else {
      this.#logger.info({ problem: outcome.problem }, 'offer of the far end refused');
      response.send(488, { headers: { Allow: ALLOW } });
    }
  }

  #accept(request: SipRequest, response: SipResponse, contact: string, sdp?: string): void {
    const body = sdp === undefined ? {} : { body: sdp };
    response.send(200, {
      ...body,
      headers: {
        Contact: contact,
        Allow: ALLOW,
        ...(sdp === undefined ? {} : { 'Content-Type': 'application/sdp' }),
        ...sessionTimerHeaders(firstHeader(request, 'session-expires')),
      },
    });
  }

  #postpone(response: SipResponse): void {
    const seconds = Math.floor(Math.random() * (RETRY_AFTER_MAX_SECONDS + 1));
    response.send(500, { headers: { 'Retry-After': String(seconds) } });
  }

  #acknowledged(ack: SipRequest): void {
    this.#session
      .acceptAnswer(ack.body)
      .catch((error) => this.#logger.warn({ err: error }, 'answer in an ACK not applied'));
  }
}

/** Accepts a session timer as the far end asks for it; drachtio keeps it (RFC 4028 section 9). */
function sessionTimerHeaders(sessionExpires: string | undefined): Record<string, string> {
  const [, seconds, parameters = ''] = /^\s*(\d+)\s*(.*)$/.exec(sessionExpires ?? '') ?? [];
  if (seconds === undefined) return {};
  const refresher = /;\s*refresher\s*=\s*(uac|uas)\b/i.exec(parameters)?.[1]?.toLowerCase() ?? 'uac';
  return {
    'Session-Expires': `${seconds};refresher=${refresher}`,
    ...(refresher === 'uac' ? { Require: 'timer' } : {}),
  };
}
