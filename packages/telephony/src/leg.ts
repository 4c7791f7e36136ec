import type { Logger } from 'pino';
import type { Leg, LegEvent, ListenResult, OnFrame, Whereabouts } from './api.js';
import { classifyBye } from './cause.js';
import { authOf } from './credentials.js';
import type { LegPlan } from './leg-plan.js';
import { MediaSession } from './media-session.js';
import { OutboundInvite } from './outbound-invite.js';
import { rejectionOf, rejectionOfUnsent, rejectionOfUnusable } from './rejection.js';
import { Remains } from './remains.js';
import { chosenCodec } from './sdp.js';
import type { Dialog, SipRequest, SipResponse } from './srf-types.js';
import { within } from './within.js';

/**
 * - `unsent`: nothing has left
 * - `inviting`: the INVITE is out
 * - `cancelling`: given up; CANCEL sent, or held until the INVITE's transaction is known
 * - `answered`: a dialog is up
 * - `hangingUp`: our BYE is out
 * - `over`: the terminal event was reported
 */
type State = 'unsent' | 'inviting' | 'cancelling' | 'answered' | 'hangingUp' | 'over';

/** drachtio gives a BYE 32 s; a far end that has gone need not hold our endpoint as long. */
const BYE_WITHIN_MS = 5000;

/**
 * One outbound SIP dialog: sends what it is told and reports what it sees. It decides nothing. When it ends without knowing
 * that nothing is left of it, it has that released in the background, see `isGone`.
 */
export class OutboundLeg implements Leg {
  readonly whereabouts: Whereabouts;
  readonly #plan: LegPlan;
  readonly #onEvent: (event: LegEvent) => void;
  readonly #logger: Logger;
  readonly #session: MediaSession;
  readonly #invite: OutboundInvite;
  #state: State = 'unsent';
  #dialog: Dialog | null = null;
  #rang = false;
  readonly #remains: Remains;
  readonly #forgetServer: () => void;

  constructor(plan: LegPlan, onEvent: (event: LegEvent) => void, logger: Logger) {
    this.whereabouts = plan.whereabouts;
    this.#plan = plan;
    this.#onEvent = onEvent;
    this.#logger = logger;
    this.#session = new MediaSession(plan.media);
    this.#invite = new OutboundInvite(
      plan,
      {
        onInvited: (stackTxnId) => this.#invited(stackTxnId),
        onProgressed: (response) => this.#progressed(response),
        onAnswered: (dialog) => this.#answered(dialog),
        onRefused: (response) => this.#refused(response),
        onUnsent: (error) => this.#unsent(error),
        onLostTrack: (error) => this.#lostTrack(error),
      },
      logger,
    );
    this.#remains = new Remains(plan.release, logger);
    const { drachtio, media } = plan;
    this.#forgetServer = drachtio.onLost(() => this.#drachtioLost());
    media.onLost(() => this.#mediaLost());
  }

  get isGone(): boolean {
    return this.#state === 'over' && this.#remains.areGone;
  }

  untilGone(): Promise<boolean> {
    return this.#remains.untilGone();
  }

  /** Sends the INVITE. */
  start(): void {
    if (this.#state !== 'unsent') return;
    const { drachtio, media, mayLeave } = this.#plan;
    // Much may have happened since all of it was reserved: Redis may have been away.
    if (!drachtio.isUp || media.isLost) this.#endUnsent('a server was lost after it was reserved');
    else if (!mayLeave()) this.#endUnsent('it may not be dialled any more');
    else {
      this.#state = 'inviting';
      this.#invite.send();
    }
  }

  cancel(): void {
    switch (this.#state) {
      case 'unsent':
        this.#end({ type: 'released', rawCause: null });
        break;
      case 'inviting':
        this.#state = 'cancelling';
        this.#invite.cancel();
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
    if (this.#state === 'unsent') this.cancel();
    else this.#endUnsure({ type: 'released', rawCause: null });
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

  #invited(stackTxnId: string): void {
    if (this.#state !== 'over') this.#report({ type: 'invited', stackTxnId, at: Date.now() });
  }

  #progressed(response: SipResponse): void {
    if (this.#state === 'over') return;
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
      // The call was reported as ended already, and is being released, as a rule.
      if (this.#remains.areGone) void this.#destroy(dialog);
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

  #refused(response: SipResponse): void {
    if (this.#state === 'over') return;
    // No dialog can be made of it: a 200 without a Contact to send a BYE to (RFC 3261, section 12.1.1), or another
    // 2xx, which drachtio-srf takes for a refusal.
    if (response.status >= 200 && response.status < 300) {
      this.#unusableAnswer(response);
      return;
    }
    const rejection = rejectionOf(response, { rang: this.#rang, overrides: this.#plan.rejectionOverrides });
    if (this.#state === 'cancelling') this.#end({ type: 'released', rawCause: rejection.rawCause });
    else this.#end({ type: 'rejected', ...rejection });
  }

  #unsent(error: Error | null): void {
    if (this.#state === 'cancelling') this.#end({ type: 'released', rawCause: null });
    else this.#end({ type: 'rejected', ...rejectionOfUnsent(error) });
  }

  #lostTrack(error: Error | null): void {
    if (this.#state === 'over') return;
    this.#logger.error({ err: error }, 'a call cannot be followed; it is released as soon as it is found');
    this.#endLost('drachtio', this.#plan.drachtio.address);
  }

  #unusableAnswer(response: SipResponse): void {
    this.#plan.media.markUsed();
    const { drachtio } = this.#plan;
    const { stackDialogId } = response;
    if (stackDialogId !== undefined)
      drachtio.request({ method: 'BYE', stackDialogId }).catch((error) => this.#logger.warn({ err: error }));
    this.#end({ type: 'rejected', ...rejectionOfUnusable(response) });
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
    try {
      await within(dialog.destroy(authOf(this.#plan.credentials)), BYE_WITHIN_MS, 'BYE');
    } catch (error) {
      // The far end's BYE, or drachtio's own after a crossed CANCEL, was there first; or the far end does not answer, and
      // drachtio goes on asking. Had drachtio not heard, it would have been found lost by now.
      this.#logger.debug({ err: error }, 'BYE');
    }
  }

  #farEndGone(bye: SipRequest, wasCancelled: boolean): void {
    if (this.#state === 'over') return;
    // drachtio sends a BYE of its own for a 200 that crossed our CANCEL: our doing, not the far end's.
    if (this.#state === 'hangingUp' || (bye.source === 'application' && wasCancelled)) {
      this.#state = 'hangingUp';
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

  #drachtioLost(): void {
    const { drachtio } = this.#plan;
    if (this.#state === 'unsent') this.#endUnsent('the server was lost before the INVITE left');
    else this.#endLost('drachtio', drachtio.address);
  }

  #endUnsent(why: string): void {
    this.#end({ type: 'rejected', ...rejectionOfUnsent(new Error(why)) });
  }

  #mediaLost(): void {
    if (this.#state === 'hangingUp') return;
    if (this.#state === 'unsent') this.#endUnsent('its endpoint was lost before the INVITE left');
    // What is up of the leg is ended, since it can never have media again.
    else this.#endLost('freeswitch', this.#plan.media.server ?? 'local');
  }

  #endLost(engine: 'drachtio' | 'freeswitch', address: string): void {
    this.#endUnsure({ type: 'lost', engine, address });
  }

  /**
   * Ends it while something of it may be up: a drachtio whose connection was merely cut has it still, and keeps it up; only
   * one that was restarted has forgotten it.
   */
  #endUnsure(event: WithoutTime<LegEvent>): void {
    if (this.#state === 'over') return;
    this.#invite.cancel();
    const { drachtio } = this.#plan;
    this.#remains.release(() => {
      if (this.#dialog !== null) drachtio.forgetDialog(this.#dialog);
    });
    this.#end(event);
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
