import type { Logger } from 'pino';
import type { Leg, LegEvent, ListenResult, OnFrame, Whereabouts } from './api.js';
import { classifyBye } from './cause.js';
import { answerOnce } from './credentials.js';
import type { LegPlan } from './leg-plan.js';
import { MediaSession } from './media-session.js';
import { rejectionOf, rejectionOfUnsent } from './rejection.js';
import { release } from './release.js';
import { chosenCodec } from './sdp.js';
import type { Dialog, SipRequest, SipResponse, UacError } from './srf-types.js';
import { within } from './within.js';

/**
 * - `pacing`: waiting for the server's turn, nothing has left
 * - `inviting`: the INVITE is out
 * - `cancelling`: given up; CANCEL sent, or held until the INVITE's transaction is known
 * - `answered`: a dialog is up
 * - `hangingUp`: our BYE is out
 * - `over`: the terminal event was reported
 */
type State = 'pacing' | 'inviting' | 'cancelling' | 'answered' | 'hangingUp' | 'over';

/** drachtio gives a BYE 32 s; a far end that has gone need not hold our endpoint as long. */
const BYE_WITHIN_MS = 5000;

/** One outbound SIP dialog: sends what it is told and reports what it sees. It decides nothing. */
export class OutboundLeg implements Leg {
  readonly whereabouts: Whereabouts;
  readonly #plan: LegPlan;
  readonly #onEvent: (event: LegEvent) => void;
  readonly #logger: Logger;
  readonly #session: MediaSession;
  #state: State = 'pacing';
  #request: SipRequest | null = null;
  #dialog: Dialog | null = null;
  #rang = false;
  #wasRedirected = false;
  readonly #forgetServer: () => void;

  constructor(plan: LegPlan, onEvent: (event: LegEvent) => void, logger: Logger) {
    this.whereabouts = plan.whereabouts;
    this.#plan = plan;
    this.#onEvent = onEvent;
    this.#logger = logger;
    this.#session = new MediaSession(plan.media);
    const { drachtio, media } = plan;
    this.#forgetServer = drachtio.onLost(() => this.#drachtioLost());
    media.onLost(() => this.#mediaLost());
  }

  /** Sends the INVITE at the server's next turn. */
  async start(): Promise<void> {
    await this.#plan.drachtio.turn();
    if (this.#state !== 'pacing') return;
    if (!this.#plan.mayLeave()) {
      this.#endUnsent('it may not be dialled any more');
      return;
    }
    this.#state = 'inviting';
    this.#invite(this.#plan.requestUri, this.#plan.nextHop);
  }

  cancel(): void {
    switch (this.#state) {
      case 'pacing':
        this.#end({ type: 'released', rawCause: null });
        break;
      case 'inviting':
        this.#state = 'cancelling';
        this.#sendCancel();
        break;
      case 'answered':
        this.#sendBye();
        break;
      default:
    }
  }

  hangUp(): void {
    this.cancel();
  }

  giveUp(): void {
    this.#end({ type: 'released', rawCause: null });
  }

  connectMedia(): void {
    // The endpoint of a call that is over may be another call's already.
    if (this.#state !== 'over') void this.#connectMedia();
  }

  listen(onFrame: OnFrame, onStopped: (message: string) => void = () => undefined): Promise<ListenResult> {
    if (this.#state === 'over') return Promise.resolve({ listening: false, message: 'the call is over' });
    return this.#plan.media.listen(onFrame, onStopped);
  }

  stopListening(): void {
    this.#plan.media.stopListening();
  }

  play(source: string): Promise<'finished' | 'stopped' | 'failed'> {
    return this.#state === 'answered' ? this.#plan.media.play(source) : Promise.resolve('stopped');
  }

  #invite(uri: string, nextHop: string | null): void {
    const { headers, media, credentials, whereabouts, drachtio } = this.#plan;
    drachtio.invite(
      uri,
      {
        headers: { ...headers, 'Call-ID': whereabouts.callId },
        localSdp: media.offer,
        ...(nextHop === null ? {} : { proxy: nextHop }),
        ...(credentials === null ? {} : { auth: answerOnce(credentials, () => this.#state === 'inviting') }),
      },
      {
        cbRequest: (error, request) => {
          if (error === null && request !== undefined) this.#invited(request);
        },
        cbProvisional: (response) => this.#progressed(response),
      },
      (error, dialog) => (dialog === undefined ? this.#failed(error) : this.#answered(dialog)),
    );
  }

  #invited(request: SipRequest): void {
    this.#request = request;
    // Sent anew with credentials: another transaction. drachtio-srf redirects `cancel` to it by itself.
    request.on('authenticate', (renewed: SipRequest) => this.#reportInvited(renewed.stackTxnId));
    this.#reportInvited(request.stackTxnId);
    if (this.#state === 'cancelling' || this.#state === 'over') this.#sendCancel();
  }

  #reportInvited(stackTxnId: string): void {
    this.whereabouts.stackTxnId = stackTxnId;
    if (this.#state !== 'over') this.#report({ type: 'invited', stackTxnId, at: Date.now() });
  }

  #progressed(response: SipResponse): void {
    if (response.status <= 100 || this.#state === 'over') return;
    const earlyMedia = this.#session.describe(response.body);
    const rings = response.status === 180 || (response.status === 183 && earlyMedia);
    this.#rang ||= rings;
    this.#report({ type: 'progressed', status: response.status, rings, earlyMedia, at: Date.now() });
  }

  #answered(dialog: Dialog): void {
    this.#plan.media.markUsed();
    this.#dialog = dialog;
    this.whereabouts.stackDialogId = dialog.id;
    if (this.#state === 'over') {
      // Of a call that was reported as lost already.
      void this.#destroy(dialog);
      return;
    }
    const wasCancelled = this.#state === 'cancelling';
    this.#state = 'answered';
    this.#session.describe(dialog.remote.sdp);
    dialog.on('destroy', (bye: SipRequest) => this.#farEndGone(bye, wasCancelled));
    dialog.on('modify', (request: SipRequest, response: SipResponse) =>
      this.#session.renegotiate(dialog, request, response),
    );
    const codec = chosenCodec(dialog.remote.sdp);
    this.#report({ type: 'answered', stackDialogId: dialog.id, codec, at: Date.now() });
  }

  #failed(error: UacError | null): void {
    const response = error?.res;
    if (this.#state === 'over') return;
    if (response === undefined) this.#notSent(error);
    // No dialog can be made of it: a 200 without a Contact to send a BYE to (RFC 3261, section 12.1.1), or another
    // 2xx, which drachtio-srf takes for a refusal.
    else if (response.status >= 200 && response.status < 300) this.#unusableAnswer(response);
    else if (!this.#followRedirect(response)) this.#refused(response);
  }

  #refused(response: SipResponse): void {
    const rejection = rejectionOf(response, { rang: this.#rang, overrides: this.#plan.rejectionOverrides });
    if (this.#state === 'cancelling') this.#end({ type: 'released', rawCause: rejection.rawCause });
    else this.#end({ type: 'rejected', ...rejection });
  }

  #followRedirect(response: SipResponse): boolean {
    const isRedirect = response.status >= 300 && response.status < 400;
    if (!isRedirect || this.#wasRedirected || this.#state !== 'inviting') return false;
    const target = this.#plan.redirect([response.msg.headers.contact ?? ''].flat()[0] ?? '');
    if (target === null) return false;
    this.#wasRedirected = true;
    this.#request = null;
    this.#invite(target, null);
    return true;
  }

  /** drachtio refused to send it, or the connection was gone: nobody was dialled. */
  #notSent(error: Error | null): void {
    const { drachtio } = this.#plan;
    if (!drachtio.isUp) this.#drachtioLost();
    else if (this.#state === 'cancelling') this.#end({ type: 'released', rawCause: null });
    else this.#end({ type: 'rejected', ...rejectionOfUnsent(error) });
  }

  #unusableAnswer(response: SipResponse): void {
    this.#plan.media.markUsed();
    const { drachtio } = this.#plan;
    const { stackDialogId } = response;
    if (stackDialogId !== undefined)
      drachtio.request({ method: 'BYE', stackDialogId }).catch((error) => this.#logger.warn({ err: error }));
    const sipReason =
      response.status === 200 ? 'answered without a Contact' : 'answered with another 2xx than 200';
    const rawCause = { sipStatus: response.status, sipReason, q850: null };
    this.#end({ type: 'rejected', cause: 'FAILED', rawCause });
  }

  #sendCancel(): void {
    // Until drachtio has told the transaction there is nothing to cancel by; `#invited` comes back here. A
    // refusal means that the final response is on its way.
    try {
      this.#request?.cancel(() => undefined);
    } catch (error) {
      // An assertion when there is no connection just now: the loss of the server is about to be reported.
      this.#logger.debug({ err: error }, 'CANCEL');
    }
  }

  #sendBye(): void {
    const dialog = this.#dialog;
    if (dialog === null) return;
    this.#state = 'hangingUp';
    void this.#destroy(dialog).then(async () => {
      await this.#plan.media.release();
      this.#end({ type: 'released', rawCause: null });
    });
  }

  async #destroy(dialog: Dialog): Promise<void> {
    const { credentials } = this.#plan;
    const options = credentials === null ? {} : { auth: answerOnce(credentials) };
    try {
      await within(dialog.destroy(options), BYE_WITHIN_MS, 'BYE');
    } catch (error) {
      // The far end's BYE, or drachtio's own after a crossed CANCEL, was there first; or nobody answers.
      this.#logger.debug({ err: error }, 'BYE');
    }
  }

  #farEndGone(bye: SipRequest, wasCancelled: boolean): void {
    // drachtio sends a BYE of its own for a 200 that crossed our CANCEL: our doing, not the far end's.
    if (this.#state === 'hangingUp' || (bye.source === 'application' && wasCancelled)) {
      this.#state = this.#state === 'over' ? 'over' : 'hangingUp';
      void this.#plan.media.release().then(() => this.#end({ type: 'released', rawCause: null }));
      return;
    }
    const reason = bye.msg.headers.reason;
    this.#end({ type: 'hungUp', ...classifyBye(bye.source === 'application' ? undefined : reason) });
  }

  async #connectMedia(): Promise<void> {
    try {
      await this.#session.connect();
      this.#reportMedia({ type: 'mediaConnected', at: Date.now() });
    } catch (error) {
      this.#reportMedia({ type: 'mediaFailed', message: (error as Error).message, at: Date.now() });
    }
  }

  #reportMedia(event: LegEvent): void {
    if (this.#state !== 'over' && this.#state !== 'hangingUp') this.#report(event);
  }

  /** An exception of who listens must not look like one of the library that calls us. */
  #report(event: LegEvent): void {
    try {
      this.#onEvent(event);
    } catch (error) {
      this.#logger.error({ err: error, event: event.type }, 'the listener of a leg threw');
    }
  }

  /**
   * A drachtio that was restarted has forgotten the call; one whose connection was merely cut has not, and
   * holds it up for ever. So the call is released once the server answers again.
   */
  #drachtioLost(): void {
    const { drachtio } = this.#plan;
    if (this.#state === 'pacing') {
      this.#endUnsent('the server was lost before its turn');
      return;
    }
    if (this.#state !== 'over') {
      drachtio.onceUpAgain(() => {
        release(this.whereabouts, drachtio, undefined).then(
          ({ leg }) => this.#logger.info({ leg }, 'a call of a lost connection was released'),
          (error) => this.#logger.warn({ err: error }, 'a call of a lost connection could not be released'),
        );
      });
    }
    this.#end({ type: 'lost', engine: 'drachtio', address: drachtio.address });
  }

  #endUnsent(why: string): void {
    this.#end({ type: 'rejected', ...rejectionOfUnsent(new Error(why)) });
  }

  #mediaLost(): void {
    if (this.#state === 'hangingUp') return;
    if (this.#state === 'pacing') {
      this.#endUnsent('its endpoint was lost before its turn');
      return;
    }
    // What is up of the leg is ended, since it can never have media again.
    if (this.#state === 'inviting') this.#sendCancel();
    if (this.#dialog !== null && this.#state === 'answered') void this.#destroy(this.#dialog);
    this.#end({ type: 'lost', engine: 'freeswitch', address: this.#plan.media.server ?? 'local' });
  }

  #end(event: WithoutTime<LegEvent>): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#forgetServer();
    this.#report({ ...event, at: Date.now() } as LegEvent);
    void this.#plan.media.release().then(this.#plan.onGone);
  }
}

type WithoutTime<T> = T extends { at: number } ? Omit<T, 'at'> : never;
