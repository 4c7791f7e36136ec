import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type AudioSource, fromPcm, silence } from '../media/audio-source.js';
import { dtmfTones } from '../media/dtmf-tones.js';
import type { G711Name } from '../media/g711.js';
import { RtpSession } from '../media/rtp-session.js';
import { createAnswer, createOffer, type LocalMedia, readAnswer } from '../media/sdp.js';
import type { DigitTiming } from '../media/telephone-event.js';
import type { Dialog, IncomingInvite, IncomingRequest, ResponseOptions, SipAgent } from '../sip/index.js';

import { placeReferred, readReferTo } from './refer.js';

const CODECS: readonly G711Name[] = ['PCMA', 'PCMU'];

/** How a callee's telephone sends the keys that are pressed: telephone events, SIP INFO, or tones in the audio. */
export type PressedBy = 'events' | 'info' | 'tones';

/** A sample value that line noise does not reach, and a prompt does. */
const SOUND_PEAK = 700;
/** So many frames of sound in a row are a prompt, and not a click. */
const PROMPT_FRAMES = 5;

/** Thrown to end a callee's script when the call is over; caught within this folder. */
export class CallOver extends Error {}

/**
 * One call as the callee sees it: the steps of the scripts. Each step that takes time throws `CallOver` once
 * the caller has cancelled or hung up, so that a script is written as a straight sequence.
 */
export class CalleeCall {
  readonly invite: IncomingInvite;
  readonly #agent: SipAgent;
  readonly #over = new AbortController();
  readonly #sessionId = randomInt(2 ** 31);
  #sessionVersion = 0;
  #rtp: RtpSession | null = null;
  #sdp = '';
  #dialog: Dialog | null = null;
  #hasEvents = true;
  #takesReferrals = true;
  #callerDigits = '';
  #onCallerDigit: () => void = () => {};

  constructor(invite: IncomingInvite, agent: SipAgent) {
    this.invite = invite;
    this.#agent = agent;
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

  /** Sends and receives no more RTP; the call itself stays up. */
  closeMedia(): void {
    this.#rtp?.close();
  }

  /** Waits until the caller has cancelled or hung up. */
  untilOver(): Promise<never> {
    return new Promise((_, reject) => {
      const over = () => reject(new CallOver());
      if (this.#over.signal.aborted) over();
      else this.#over.signal.addEventListener('abort', over, { once: true });
    });
  }

  reject(status: number, options?: ResponseOptions): never {
    this.invite.reject(status, options);
    throw new CallOver();
  }

  /** Opens RTP; rejects with 488 without a common codec. `background` is sent for the whole call. */
  async openMedia(background?: AudioSource): Promise<void> {
    const rtp = await RtpSession.open({
      host: this.#agent.address.host,
      ...(background === undefined ? {} : { background }),
    });
    this.#rtp = rtp;
    rtp.on('digit', (digit) => this.#hearDigit(digit));
    if (this.#over.signal.aborted) rtp.close();
    this.#throwIfOver();
    const sdp = this.#describe(this.invite.remoteSdp);
    if (sdp === null) this.reject(488);
    this.#sdp = sdp;
  }

  /** Sends 183 with SDP: audio from now on is early media. */
  async startEarlyMedia(background?: AudioSource): Promise<void> {
    await this.openMedia(background);
    this.invite.provisional(183, { sdp: this.#sdp });
  }

  /** Sends 200; resolves with the caller's ACK. Media that is open already continues. */
  async answer(background?: AudioSource): Promise<void> {
    if (this.#rtp === null) await this.openMedia(background);
    const dialog = await this.invite.accept({ sdp: this.#sdp }).catch(() => null);
    if (dialog === null) {
      this.end();
      throw new CallOver();
    }
    this.#use(dialog);
    if (this.invite.remoteSdp === '') await this.#useAnswer(dialog.remoteSdp);
    if (dialog.isEnded) this.end();
    this.#throwIfOver();
  }

  /** Waits for a CANCEL, and answers before it takes effect. Media must be open. */
  answerOnCancel(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.invite.once('cancelling', () => this.answer().then(resolve, reject));
      this.#over.signal.addEventListener('abort', () => reject(new CallOver()), { once: true });
    });
  }

  /** Plays samples or a source to its end. */
  async play(audio: Int16Array | AudioSource): Promise<void> {
    const rtp = this.#rtp;
    if (rtp === null) throw new Error('a callee plays before its media is open');
    await rtp.play(audio instanceof Int16Array ? fromPcm(audio) : audio);
    this.#throwIfOver();
  }

  /** As `wait`, but counted in samples sent, so that the audio keeps its timing when the process is late. */
  pause(milliseconds: number): Promise<void> {
    return this.play(silence(milliseconds));
  }

  /** Agrees to no telephone events, as telephones that send keys as tones. Comes before the media is opened. */
  refuseEvents(): void {
    this.#hasEvents = false;
  }

  /** Refuses to be transferred, with 603. */
  refuseReferrals(): void {
    this.#takesReferrals = false;
  }

  /** Waits until the caller is heard to play something: 100 ms of sound. */
  hearPrompt(): Promise<void> {
    let frames = 0;
    return this.hear((pcm) => {
      frames = pcm.some((sample) => Math.abs(sample) > SOUND_PEAK) ? frames + 1 : 0;
      return frames >= PROMPT_FRAMES;
    });
  }

  /** Waits until the caller has pressed so many keys since the answer, by telephone event or INFO. Resolves with all. */
  async hearDigits(count: number): Promise<string> {
    const heard = new Promise<void>((resolve) => {
      this.#onCallerDigit = () => {
        if (this.#callerDigits.length >= count) resolve();
      };
      this.#onCallerDigit();
    });
    await Promise.race([heard, this.untilOver()]);
    return this.#callerDigits;
  }

  /** Presses keys (`0` to `9`, `*`, `#`, `A` to `D`), one after the other. */
  async press(digits: string, by: PressedBy = 'events', timing: DigitTiming = {}): Promise<void> {
    if (by === 'tones') await this.play(dtmfTones(digits, timing));
    else if (by === 'events') await this.#rtp?.press(digits, timing);
    else for (const digit of digits) await this.#inform(digit, timing);
    this.#throwIfOver();
  }

  /** Puts the caller on hold, or takes it off hold again: hears nothing meanwhile. */
  async hold(isOn = true): Promise<void> {
    const [dialog, rtp] = [this.#dialog, this.#rtp];
    if (dialog === null || rtp === null) throw new Error('a callee holds a call before it has answered');
    const offer = createOffer(this.#localMedia(rtp), isOn ? 'sendonly' : 'sendrecv');
    const response = await dialog.reinvite(offer);
    this.#throwIfOver();
    await this.#useAnswer(response.body);
  }

  /** Sends BYE if the call is up. */
  async hangUp(): Promise<void> {
    if (!this.#over.signal.aborted) await this.#dialog?.bye();
    this.end();
  }

  /** Ends the script and the media without signalling. */
  end(): void {
    this.#over.abort();
    this.#rtp?.close();
  }

  #hearDigit(digit: string): void {
    this.#callerDigits += digit;
    this.#onCallerDigit();
  }

  /** Whether a Replaces header (RFC 3891 section 3) names the dialog of this call. */
  isNamedBy(replaces: string): boolean {
    const dialog = this.#dialog;
    const [callId, ...params] = replaces.split(';').map((part) => part.trim());
    return (
      dialog !== null &&
      callId === dialog.callId &&
      params.includes(`to-tag=${dialog.localTag}`) &&
      params.includes(`from-tag=${dialog.remoteTag}`)
    );
  }

  /** Another party takes the caller's place in this call: it is answered, and the caller is hung up. */
  async replaceCaller(invite: IncomingInvite): Promise<void> {
    const former = this.#dialog;
    const sdp = this.#describe(invite.remoteSdp);
    if (former === null || sdp === null) {
      invite.reject(488);
      return;
    }
    const dialog = await invite.accept({ sdp }).catch(() => null);
    if (dialog === null) return;
    this.#use(dialog);
    await former.bye();
  }

  /** The dialog of the call from now on; what becomes of a former one does not matter to it. */
  #use(dialog: Dialog): void {
    this.#dialog?.removeAllListeners();
    this.#dialog = dialog;
    dialog.on('ended', () => this.end());
    dialog.on('reinvite', (request) => this.#answerReinvite(request));
    dialog.on('request', (request) => this.#answerRequest(request));
  }

  /** Goes on with whom the REFER names; the caller hangs up when it is told of that. */
  async #follow({ request, respond }: IncomingRequest): Promise<void> {
    const [dialog, rtp] = [this.#dialog, this.#rtp];
    const referral = readReferTo(request.headers.get('Refer-To'));
    if (!this.#takesReferrals || dialog === null || rtp === null) respond(603);
    else if (referral === null) respond(400);
    else {
      respond(202);
      const outcome = await placeReferred(this.#agent, dialog, referral, createOffer(this.#localMedia(rtp)));
      if (outcome.kind === 'refused') return;
      const remote = readAnswer(outcome.response.body, CODECS);
      if (this.#over.signal.aborted || remote === null) {
        await outcome.dialog.bye();
        return;
      }
      this.#use(outcome.dialog);
      rtp.setRemote(remote);
    }
  }

  #answerRequest({ request, respond }: IncomingRequest): void {
    if (request.method === 'REFER') {
      void this.#follow({ request, respond });
      return;
    }
    respond(200);
    const digit = request.method === 'INFO' ? /^Signal=([0-9*#A-D])/.exec(request.body)?.[1] : undefined;
    if (digit !== undefined) this.#hearDigit(digit);
  }

  /** A key by INFO, in the form that most telephones send (`application/dtmf-relay`). */
  async #inform(digit: string, { durationMs = 100, gapMs = 100 }: DigitTiming): Promise<void> {
    const body = `Signal=${digit}\r\nDuration=${durationMs}\r\n`;
    await this.#dialog?.request('INFO', { headers: { 'Content-Type': 'application/dtmf-relay' }, body });
    await this.wait(durationMs + gapMs);
  }

  /** Listens to the caller's frames, of 20 ms, until one makes it enough. */
  async hear(isEnough: (pcm: Int16Array) => boolean): Promise<void> {
    const rtp = this.#rtp;
    if (rtp === null) throw new Error('a callee hears before its media is open');
    let onFrame = (_pcm: Int16Array): void => {};
    const heard = new Promise<void>((resolve) => {
      onFrame = (pcm) => {
        if (isEnough(pcm)) resolve();
      };
    });
    rtp.on('frame', onFrame);
    try {
      await Promise.race([heard, this.untilOver()]);
    } finally {
      rtp.off('frame', onFrame);
    }
  }

  async #useAnswer(sdp: string): Promise<void> {
    const remote = readAnswer(sdp, CODECS);
    // An ACK cannot be rejected: without a common codec, the call is released.
    if (remote === null) await this.hangUp();
    else this.#rtp?.setRemote(remote);
  }

  #answerReinvite(request: IncomingRequest): void {
    const sdp = this.#describe(request.request.body);
    if (sdp === null) request.respond(488);
    else request.respond(200, { sdp });
  }

  /**
   * Applies an offer and returns our answer, or our offer when `offer` is empty; null without a common codec.
   */
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
      hasEvents: this.#hasEvents,
    };
  }

  #throwIfOver(): void {
    if (this.#over.signal.aborted) throw new CallOver();
  }
}
