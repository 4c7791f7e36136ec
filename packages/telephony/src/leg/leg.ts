import type { CapturedSip, LegEvent, Whereabouts } from '@outdial/contract';
import type { Logger } from 'pino';
import type { DigitTiming, Leg, SendEnd, TransferEnd, TransferRequest } from '../api.js';
import type { Dialog, SipRequest, SipResponse } from '../drachtio/srf-types.js';
import { InDialogRequests } from './in-dialog-requests.js';
import { LeftoverLeg } from './leftover-leg.js';
import { LegDialog } from './leg-dialog.js';
import type { LegOptions } from './leg-options.js';
import { MediaCommands, type MediaPhase } from './media-commands.js';
import { OutboundInvite, type RefusalContext } from './outbound-invite.js';
import {
  hangUpOf,
  rejectionOf,
  rejectionOfMedia,
  rejectionOfUnsent,
  rejectionOfUnusable,
} from './rejection.js';
import { informDigit } from './send-digit.js';
import { StrayDialogs } from './stray-dialogs.js';
import { transferBy } from './transfer.js';

/**
 * - `unsent`: nothing has left
 * - `inviting`: the INVITE is out
 * - `cancelling`: CANCEL sent, or held until the INVITE's transaction is known
 * - `answered`: a dialog is up
 * - `hangingUp`: our BYE is out
 * - `over`: the terminal event was reported
 */
type LegState = 'unsent' | 'inviting' | 'cancelling' | 'answered' | 'hangingUp' | 'over';

/**
 * One outbound SIP dialog: sends what it is told and reports what it sees; it decides nothing. When it ends without
 * confirmation that nothing is left of it, it releases that in the background (`isGone`).
 */
export class OutboundLeg extends MediaCommands implements Leg {
  readonly whereabouts: Whereabouts;
  readonly #options: LegOptions;
  readonly #onEvent: (event: LegEvent) => void;
  readonly #logger: Logger;
  readonly #requests: InDialogRequests;
  readonly #invite: OutboundInvite;
  #state: LegState = 'unsent';
  #dialog: LegDialog | null = null;
  #rang = false;
  readonly #leftover: LeftoverLeg;
  readonly #strays: StrayDialogs;
  readonly #stopWatchingServer: () => void;

  constructor(options: LegOptions, onEvent: (event: LegEvent) => void, logger: Logger) {
    super(options.media, options.jobId);
    this.whereabouts = options.whereabouts;
    this.#options = options;
    this.#onEvent = onEvent;
    this.#logger = logger;
    this.#requests = new InDialogRequests(this.session, (digit) => this.digits.take(digit, 'info'), logger);
    this.#invite = new OutboundInvite(
      options,
      {
        onTarget: ({ srtp }) => this.session.offerTo(srtp),
        onInvited: (stackTxnId) => this.#invited(stackTxnId),
        onProgressed: (response) => this.#progressed(response),
        onUpdate: (update, response, contact) => this.#requests.handle(update, response, contact),
        onAnswered: (dialog) => this.#answered(dialog),
        onRefused: (response, context) => this.#refused(response, context),
        onUnsent: (error) => this.#unsent(error),
        onLostTrack: (error) => this.#lostTrack(error),
      },
      logger,
    );
    this.#leftover = new LeftoverLeg(logger);
    this.#strays = new StrayDialogs(options.drachtio, () => options.targets.current.trunk);
    const { drachtio, media } = options;
    this.#stopWatchingServer = drachtio.onLost(() => this.#drachtioLost());
    media.onLost(() => this.#mediaLost());
  }

  get isGone(): boolean {
    return this.#state === 'over' && this.#leftover.isGone;
  }

  untilGone(): Promise<boolean> {
    return this.#leftover.untilGone();
  }

  onSip(listener: (message: CapturedSip) => void): () => void {
    return this.#options.drachtio.taps.open(this.whereabouts.callId, listener);
  }

  /** Sends the INVITE. */
  start(): void {
    if (this.#state !== 'unsent') return;
    const { drachtio, media, mayLeave } = this.#options;
    // Much may have happened since all of it was reserved: Redis may have been out of reach.
    if (!drachtio.isUp || media.isLost) this.#endUnsent('a server was lost after it was reserved');
    else if (!mayLeave()) this.#endUnsent('the dial was withdrawn before the INVITE left');
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

  async transfer(request: TransferRequest, signal: AbortSignal): Promise<TransferEnd> {
    const dialog = this.#dialog;
    if (dialog === null || this.#state !== 'answered') return { outcome: 'stopped' };
    const { replaces } = request;
    const replaced = replaces instanceof OutboundLeg ? replaces.#dialog : null;
    if (replaces !== undefined && replaced === null) return { outcome: 'stopped' };
    try {
      const target = replaced?.replacedBy ?? this.#options.addressOf(request.to);
      return await transferBy({ dialog, requests: this.#requests, target, request, signal });
    } catch (error) {
      return { outcome: 'refused', status: null, message: (error as Error).message };
    }
  }

  protected get mediaPhase(): MediaPhase {
    if (this.#state === 'over') return 'over';
    return this.#state === 'answered' ? 'answered' : 'early';
  }

  protected mediaConnected(problem: string | null): void {
    if (this.#state === 'over' || this.#state === 'hangingUp') return;
    const at = Date.now();
    if (problem === null) this.#report({ type: 'mediaConnected', at });
    else this.#report({ type: 'mediaFailed', message: problem, at });
  }

  protected async inform(digit: string, timing: DigitTiming): Promise<SendEnd> {
    if (this.#dialog === null) return { outcome: 'stopped' };
    const end = await informDigit(this.#dialog, digit, timing);
    return this.#state === 'answered' ? end : { outcome: 'stopped' };
  }

  #invited(stackTxnId: string): void {
    this.#strays.forgetEarly();
    if (this.#state !== 'over') this.#report({ type: 'invited', stackTxnId, at: Date.now() });
  }

  #progressed(response: SipResponse): void {
    if (this.#state === 'over') return;
    this.#strays.noteEarly(response);
    const earlyMedia = this.session.describeEarly(response.body);
    const rings = response.status === 180 || (response.status === 183 && earlyMedia);
    this.#rang ||= rings;
    this.#report({ type: 'progressed', status: response.status, rings, earlyMedia, at: Date.now() });
  }

  #answered(dialog: Dialog): void {
    const media = this.session.describeFinal(dialog.remote.sdp);
    const { trunk } = this.#options.targets.current;
    for (const ending of this.#strays.endForks(dialog.res)) this.#leftover.end('a fork', ending);
    this.#dialog = new LegDialog(dialog, this.#options.drachtio, trunk, this.#logger);
    this.whereabouts.stackDialogId = dialog.id;
    if (this.#state === 'over') {
      // The call was reported as ended already, and is usually being released.
      if (this.#leftover.isGone) void this.#dialog.hangUp();
      return;
    }
    if ('problem' in media && this.#state === 'inviting') {
      this.#rejectAnswer(this.#dialog, media.problem);
      return;
    }
    const wasCancelled = this.#state === 'cancelling';
    this.#state = 'answered';
    this.#dialog.serve(this.#requests, (bye) => this.#farEndGone(bye, wasCancelled));
    const codec = 'codec' in media ? media.codec : null;
    this.#report({ type: 'answered', stackDialogId: dialog.id, codec, at: Date.now() });
  }

  /** Releases a callee whose answer gives us no audio. */
  #rejectAnswer(dialog: LegDialog, problem: string): void {
    const ended = dialog.hangUp().then((how) => (how === 'released' ? how : this.#options.release()));
    this.#leftover.end('an answer without audio', ended);
    this.#end({ type: 'rejected', ...rejectionOfMedia(problem) });
  }

  #refused(response: SipResponse, { trunk, wereCredentialsSent }: RefusalContext): void {
    if (this.#state === 'over') return;
    // It makes no dialog: a 200 without a Contact to send a BYE to (RFC 3261 section 12.1.1), or a 2xx other than
    // 200, which drachtio-srf takes for a refusal.
    if (response.status >= 200 && response.status < 300) {
      this.#unusableAnswer(response);
      return;
    }
    const rejection = rejectionOf(response, {
      rang: this.#rang,
      wereCredentialsSent,
      wasSecured: trunk?.transport === 'tls',
      overrides: trunk?.rejectionOverrides ?? {},
    });
    if (this.#state === 'cancelling') this.#end({ type: 'released', rawCause: rejection.rawCause });
    else this.#end({ type: 'rejected', ...rejection });
  }

  #unsent(error: Error | null): void {
    if (this.#state === 'cancelling') this.#end({ type: 'released', rawCause: null });
    else this.#end({ type: 'rejected', ...rejectionOfUnsent(error) });
  }

  #lostTrack(error: Error | null): void {
    if (this.#state === 'over') return;
    this.#logger.error({ err: error }, 'lost track of an INVITE; its call is released once it is found');
    this.#endLost('drachtio', this.#options.drachtio.address);
  }

  #unusableAnswer(response: SipResponse): void {
    this.#options.media.markUsed();
    this.#leftover.end('an unusable answer', this.#strays.endUnusable(response));
    this.#end({ type: 'rejected', ...rejectionOfUnusable(response) });
  }

  #sendBye(): void {
    const dialog = this.#dialog;
    if (dialog === null) return;
    this.#state = 'hangingUp';
    void dialog.hangUp().then(async () => {
      await this.#options.media.release();
      this.#end({ type: 'released', rawCause: null });
    });
  }

  #farEndGone(bye: SipRequest, wasCancelled: boolean): void {
    if (this.#state === 'over') return;
    // drachtio itself sends a BYE for a 200 that crossed our CANCEL: that is our release, not the far end's.
    if (this.#state === 'hangingUp' || (bye.source === 'application' && wasCancelled)) {
      this.#state = 'hangingUp';
      void this.#options.media.release().then(() => this.#end({ type: 'released', rawCause: null }));
      return;
    }
    this.#end({ type: 'hungUp', ...hangUpOf(bye) });
  }

  /** A listener's exception must not look like one of drachtio-srf, which calls us. */
  #report(event: LegEvent): void {
    try {
      this.#onEvent(event);
    } catch (error) {
      this.#logger.error({ err: error, event: event.type }, 'leg event listener threw');
    }
  }

  #drachtioLost(): void {
    const { drachtio } = this.#options;
    if (this.#state === 'unsent') this.#endUnsent('the server was lost before the INVITE left');
    else this.#endLost('drachtio', drachtio.address);
  }

  #endUnsent(why: string): void {
    this.#end({ type: 'rejected', ...rejectionOfUnsent(new Error(why)) });
  }

  #mediaLost(): void {
    if (this.#state === 'hangingUp') return;
    const { server } = this.#options.media;
    if (this.#state === 'unsent') this.#endUnsent('its media was lost before the INVITE left');
    // The leg is ended, since it can never have media again.
    else if (server === null) this.#endLost('media', '');
    else this.#endLost('freeswitch', server);
  }

  #endLost(part: 'drachtio' | 'freeswitch' | 'media', address: string): void {
    this.#endUnsure({ type: 'lost', part, address });
  }

  /**
   * Ends the leg while something of it may still be up: a drachtio whose connection was merely cut keeps the dialog; only
   * one that was restarted has lost it.
   */
  #endUnsure(event: WithoutTime<LegEvent>): void {
    if (this.#state === 'over') return;
    this.#invite.cancel();
    const { drachtio } = this.#options;
    this.#leftover.end('a lost leg', this.#options.release(), () => {
      if (this.#dialog !== null) drachtio.removeDialog(this.#dialog.dialog);
    });
    this.#end(event);
  }

  #end(event: WithoutTime<LegEvent>): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#stopWatchingServer();
    this.#report({ at: Date.now(), ...event } as LegEvent);
    void this.#options.media.release().then(this.#options.onGone);
  }
}

/** An event before it is reported. */
type WithoutTime<T> = T extends { at: number } ? Omit<T, 'at'> : never;
