import type { SrtpPolicy } from '../configuration.js';
import { answerTo, onlyLine } from '../sdp/answer.js';
import { type Assessment, assessAnswer, assessOffer, hasAudio } from '../sdp/assess.js';
import { hasTelephoneEvents } from '../sdp/audio-line.js';
import { isHold } from '../sdp/hold.js';
import { LocalDescription } from '../sdp/local-description.js';
import type { Media } from './media.js';

/** The media negotiated with the callee: its latest session description, early, final or renegotiated, and our own. */
export class MediaSession {
  readonly #media: Media;
  #local: LocalDescription;
  #remoteSdp: string | undefined;
  /** The description that the media is connected to, with the media's answer to it. */
  #connected: { sdp: string; answer: string } | null = null;
  /** Connecting is one at a time: the latest description has to win. */
  #connecting: Promise<unknown> = Promise.resolve();
  /** Whether an offer of ours, made in a 200, waits for its answer in the ACK. */
  #awaitsAnswer = false;

  constructor(media: Media) {
    this.#media = media;
    this.#local = new LocalDescription(media.offer);
  }

  /** Makes the offer for another target: what was agreed on with the one before does not count. */
  offerTo(srtp: SrtpPolicy): void {
    this.#media.protect(srtp);
    this.#local = new LocalDescription(this.#media.offer);
    this.#remoteSdp = undefined;
    this.#connected = null;
  }

  /** Whether an offer of ours has not been answered yet. */
  get awaitsAnswer(): boolean {
    return this.#awaitsAnswer || this.#remoteSdp === undefined;
  }

  /** Notes the answer of a provisional response; its audio may come from now on. Returns whether it gives us audio. */
  describeEarly(sdp: string | undefined): boolean {
    if (hasAudio(sdp)) this.#media.markUsed();
    const isHeard = this.#note(sdp) !== null;
    // A failure is told when the answered call is connected: early media is not needed for the call.
    if (isHeard && this.#media.hearsEarlyMedia) this.connect().catch(() => undefined);
    return isHeard;
  }

  /** Notes the answer of the 200; one without a description leaves that of the early media in force. */
  describeFinal(sdp: string | undefined): Assessment {
    this.#media.answered();
    const isMissing = sdp === undefined || sdp.trim() === '';
    const answer = isMissing ? this.#remoteSdp : sdp;
    this.#note(answer);
    return assessAnswer(this.#media.offer, answer);
  }

  /** Whether the latest description puts the call on hold. */
  get isOnHold(): boolean {
    return isHold(this.#remoteSdp);
  }

  /** Whether the far end takes telephone events. */
  get takesEvents(): boolean {
    return hasTelephoneEvents(this.#remoteSdp ?? '');
  }

  /** Connects the media to the latest description, unless it already is. Rejects when there is none. */
  async connect(): Promise<void> {
    const sdp = this.#remoteSdp;
    if (sdp === undefined) throw new Error('the callee sent no usable session description');
    await this.#connectTo(sdp);
  }

  /**
   * Applies an offer of the far end, which moves its media, puts us on hold or takes us off it. Resolves with the answer, or
   * with why there is none: then the session stays as it was.
   */
  async answer(offer: string): Promise<{ answer: string } | { problem: string }> {
    const assessment = assessOffer(this.#media.offer, offer);
    if ('problem' in assessment) return assessment;
    const { line } = assessment;
    const description = onlyLine(offer, line);
    try {
      const mediaAnswer = await this.#connectTo(description);
      const answer = this.#local.replace(answerTo(offer, line, mediaAnswer));
      this.#remoteSdp = description;
      return { answer };
    } catch (error) {
      this.#reconnect();
      return { problem: (error as Error).message };
    }
  }

  /** Our full offer, for a re-INVITE that has none (RFC 3261 section 14.2); its answer comes by `acceptAnswer`. */
  offerAgain(): string {
    this.#awaitsAnswer = true;
    return this.#local.replace(this.#media.offer);
  }

  /** The ACK of a 200 with our offer: applies its answer. Rejects when it is unusable; the session then stays as it was. */
  async acceptAnswer(sdp: string | undefined): Promise<void> {
    if (!this.#awaitsAnswer) return;
    this.#awaitsAnswer = false;
    const assessment = assessAnswer(this.#media.offer, sdp);
    if ('problem' in assessment) throw new Error(assessment.problem);
    const description = onlyLine(sdp as string, assessment.line);
    await this.#connectTo(description);
    this.#remoteSdp = description;
  }

  /** Connects the media to the description in force again, after another one was not accepted. */
  #reconnect(): void {
    const sdp = this.#remoteSdp;
    if (sdp !== undefined && this.#connected !== null) this.#connectTo(sdp).catch(() => undefined);
  }

  #note(sdp: string | undefined): Assessment | null {
    const assessment = assessAnswer(this.#media.offer, sdp);
    if ('problem' in assessment) return null;
    this.#remoteSdp = onlyLine(sdp as string, assessment.line);
    return assessment;
  }

  /** Resolves with the media's answer to it. */
  #connectTo(sdp: string): Promise<string> {
    const connecting = this.#connecting.then(async () => {
      if (this.#connected?.sdp === sdp) return this.#connected.answer;
      const answer = await this.#media.connect(sdp);
      this.#connected = { sdp, answer };
      return answer;
    });
    this.#connecting = connecting.catch(() => undefined);
    return connecting;
  }
}
