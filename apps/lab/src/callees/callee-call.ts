import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type AudioSource, fromPcm, silence } from '../media/audio-source.js';
import type { G711Name } from '../media/g711.js';
import { RtpSession } from '../media/rtp-session.js';
import { createAnswer, createOffer, type LocalMedia, readAnswer } from '../media/sdp.js';
import type { Dialog, IncomingInvite, IncomingRequest, ResponseOptions } from '../sip/index.js';

const CODECS: readonly G711Name[] = ['PCMA', 'PCMU'];

/** The call is over, so a callee's script has nothing more to do. Never leaves the callees. */
export class CallOver extends Error {}

/**
 * One call as the callee sees it: the steps that the scripts are made of. Each step that takes time throws
 * `CallOver` once the caller has cancelled or hung up, so that a script reads straight down.
 */
export class CalleeCall {
  readonly invite: IncomingInvite;
  readonly #host: string;
  readonly #over = new AbortController();
  readonly #sessionId = randomInt(2 ** 31);
  #sessionVersion = 0;
  #rtp: RtpSession | null = null;
  #sdp = '';
  #dialog: Dialog | null = null;

  constructor(invite: IncomingInvite, host: string) {
    this.invite = invite;
    this.#host = host;
    invite.on('cancelled', () => this.end());
  }

  ring(): void {
    this.invite.provisional(180);
  }

  async wait(milliseconds: number): Promise<void> {
    try {
      await delay(milliseconds, undefined, { signal: this.#over.signal });
    } catch {
      throw new CallOver();
    }
  }

  reject(status: number, options?: ResponseOptions): never {
    this.invite.reject(status, options);
    throw new CallOver();
  }

  /** Gets ready to send and hear audio; 488 when there is no codec in common. `background` is heard throughout. */
  async openMedia(background?: AudioSource): Promise<void> {
    const rtp = await RtpSession.open({
      host: this.#host,
      ...(background === undefined ? {} : { background }),
    });
    this.#rtp = rtp;
    if (this.#over.signal.aborted) rtp.close();
    this.#throwIfOver();
    const sdp = this.#describe(this.invite.remoteSdp);
    if (sdp === null) this.reject(488);
    this.#sdp = sdp;
  }

  /** 183 with SDP: what is played from now on is heard before the answer. */
  async startEarlyMedia(background?: AudioSource): Promise<void> {
    await this.openMedia(background);
    this.invite.provisional(183, { sdp: this.#sdp });
  }

  /** 200; resolves when the caller has acknowledged it. Media that is open already goes on. */
  async answer(background?: AudioSource): Promise<void> {
    if (this.#rtp === null) await this.openMedia(background);
    const dialog = await this.invite.accept({ sdp: this.#sdp }).catch(() => null);
    if (dialog === null) {
      this.end();
      throw new CallOver();
    }
    this.#dialog = dialog;
    dialog.on('ended', () => this.end());
    dialog.on('reinvite', (request) => this.#answerReinvite(request));
    if (this.invite.remoteSdp === '') await this.#useAnswer(dialog.remoteSdp);
    if (dialog.isEnded) this.end();
    this.#throwIfOver();
  }

  /** Rings until the caller cancels, and answers before the cancellation takes effect. Media is open already. */
  answerOnCancel(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.invite.once('cancelling', () => this.answer().then(resolve, reject));
      this.#over.signal.addEventListener('abort', () => reject(new CallOver()), { once: true });
    });
  }

  /** Plays samples or a source to its end. */
  async play(audio: Int16Array | AudioSource): Promise<void> {
    const rtp = this.#rtp;
    if (rtp === null) throw new Error('a callee plays before it has media');
    await rtp.play(audio instanceof Int16Array ? fromPcm(audio) : audio);
    this.#throwIfOver();
  }

  /** As `wait`, but counted in samples sent, so that what is heard keeps its timing when the process is late. */
  pause(milliseconds: number): Promise<void> {
    return this.play(silence(milliseconds));
  }

  /** BYE, if the call is up still. */
  async hangUp(): Promise<void> {
    if (!this.#over.signal.aborted) await this.#dialog?.bye();
    this.end();
  }

  /** Ends the script and the media; the signalling is over already, or nobody's to end. */
  end(): void {
    this.#over.abort();
    this.#rtp?.close();
  }

  async #useAnswer(sdp: string): Promise<void> {
    const remote = readAnswer(sdp, CODECS);
    // An ACK cannot be refused: without a codec in common, the call is released.
    if (remote === null) await this.hangUp();
    else this.#rtp?.setRemote(remote);
  }

  #answerReinvite(request: IncomingRequest): void {
    const sdp = this.#describe(request.request.body);
    if (sdp === null) request.respond(488);
    else request.respond(200, { sdp });
  }

  /** Our answer to an offer, which takes effect at once; an offer, where there is none; null: no codec in common. */
  #describe(offer: string): string | null {
    const rtp = this.#rtp;
    if (rtp === null) return null;
    if (offer === '') return createOffer(this.#localMedia(rtp));
    const answer = createAnswer(offer, this.#localMedia(rtp));
    if (answer !== null) rtp.setRemote(answer);
    return answer?.sdp ?? null;
  }

  #localMedia(rtp: RtpSession): LocalMedia {
    this.#sessionVersion += 1;
    return {
      host: rtp.host,
      port: rtp.port,
      codecs: CODECS,
      sessionId: this.#sessionId,
      sessionVersion: this.#sessionVersion,
      name: 'lab',
    };
  }

  #throwIfOver(): void {
    if (this.#over.signal.aborted) throw new CallOver();
  }
}
