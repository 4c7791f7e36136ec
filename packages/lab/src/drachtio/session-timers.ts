/** The session timers of the legs (RFC 4028): drachtio-server refreshes and ends calls without its clients' doing. */
import { nextHopOf, requestWithin } from '../sip/dialog/dialog-state.js';
import { cseqOf, type SipMessage, type SipRequest, type SipResponse } from '../sip/message/message.js';
import type { TransactionLayer } from '../sip/transaction/transaction-layer.js';
import type { Leg } from './legs.js';

/** drachtio-server's shortest interval for a request of the far end, in seconds. */
const MIN_SECONDS = 90;

interface SessionExpires {
  readonly seconds: number;
  readonly refresher: 'uac' | 'uas' | undefined;
}

export class SessionTimers {
  readonly #layer: TransactionLayer;
  readonly #onExpired: (leg: Leg) => void;
  readonly #timers = new Map<Leg, { readonly timer: NodeJS.Timeout; readonly weRefresh: boolean }>();

  /** `onExpired` has to end the leg: it was not refreshed in time, or its refresh failed. */
  constructor(layer: TransactionLayer, onExpired: (leg: Leg) => void) {
    this.#layer = layer;
    this.#onExpired = onExpired;
  }

  /** Starts the timer that a 200 to an INVITE of ours asks for. */
  answered(leg: Leg, response: SipResponse): void {
    const asked = sessionExpiresOf(response);
    if (asked !== null) this.#start(leg, asked.seconds, asked.refresher !== 'uas');
  }

  /** Restarts the timer as the far end's request asks; returns the shortest interval when that is too short. */
  requested(leg: Leg, request: SipRequest): number | null {
    const weRefreshed = this.#timers.get(leg)?.weRefresh ?? false;
    this.stop(leg);
    const asked = sessionExpiresOf(request);
    if (asked === null) return null;
    if (asked.seconds < MIN_SECONDS) return MIN_SECONDS;
    const theyRefresh = asked.refresher === 'uac' || (asked.refresher === undefined && weRefreshed);
    this.#start(leg, asked.seconds, !theyRefresh);
    return null;
  }

  stop(leg: Leg): void {
    clearTimeout(this.#timers.get(leg)?.timer);
    this.#timers.delete(leg);
  }

  clear(): void {
    for (const leg of [...this.#timers.keys()]) this.stop(leg);
  }

  #start(leg: Leg, seconds: number, weRefresh: boolean): void {
    this.stop(leg);
    const dueMs = weRefresh ? seconds * 500 : seconds * 1000;
    const timer = setTimeout(() => {
      this.#timers.delete(leg);
      if (weRefresh) this.#refresh(leg, seconds);
      else this.#onExpired(leg);
    }, dueMs);
    this.#timers.set(leg, { timer, weRefresh });
  }

  /** The refresh is a re-INVITE with our last session description; what the answer says of media is ignored. */
  #refresh(leg: Leg, seconds: number): void {
    const headers = { 'Session-Expires': `${seconds};refresher=uac`, 'Min-SE': `${MIN_SECONDS}` };
    const invite = requestWithin(leg.state, 'INVITE', { headers, body: leg.localSdp });
    this.#layer.send(invite, nextHopOf(leg.state), (response) => {
      if (response.status < 200) return;
      if (response.status === 491) this.#start(leg, seconds, true);
      else if (response.status === 200) this.#refreshed(leg, response);
      else this.#onExpired(leg);
    });
  }

  #refreshed(leg: Leg, response: SipResponse): void {
    const { number } = cseqOf(response);
    if (leg.inviteCseq !== number) {
      leg.inviteCseq = number;
      leg.ack = requestWithin(leg.state, 'ACK', { cseq: number });
      leg.ack.headers.delete('Contact');
      this.answered(leg, response);
    }
    if (leg.ack !== undefined) this.#layer.sendAck(leg.ack, nextHopOf(leg.state));
  }
}

function sessionExpiresOf(message: SipMessage): SessionExpires | null {
  const value = message.headers.get('Session-Expires');
  const seconds = Number.parseInt(value ?? '', 10);
  if (value === undefined || Number.isNaN(seconds)) return null;
  const refresher = /;\s*refresher\s*=\s*(uac|uas)\b/i.exec(value)?.[1]?.toLowerCase();
  return { seconds, refresher: refresher as SessionExpires['refresher'] };
}
