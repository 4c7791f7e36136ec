import type { Media } from './media.js';
import { hasAudio } from './sdp.js';
import type { Dialog, SipRequest, SipResponse } from './srf-types.js';

/** What leg and callee have agreed on: the callee's latest session description, early, final or renewed. */
export class MediaSession {
  readonly #media: Media;
  #remoteSdp: string | undefined;
  #connectedSdp: string | undefined;

  constructor(media: Media) {
    this.#media = media;
  }

  /** Takes note of the callee's description; its audio may come from now on. True when there is any. */
  describe(sdp: string | undefined): boolean {
    if (!hasAudio(sdp)) return false;
    this.#media.markUsed();
    this.#remoteSdp = sdp;
    return true;
  }

  /** Connects the media to the latest description, unless it is connected to that very one. */
  async connect(): Promise<void> {
    const sdp = this.#remoteSdp;
    if (sdp === undefined) throw new Error('the callee sent no session description');
    if (sdp !== this.#connectedSdp) await this.#media.connect(sdp);
    this.#connectedSdp = sdp;
  }

  /** Answers a re-INVITE of the far end: its media moves, is put on hold, or is merely refreshed. */
  async renegotiate(dialog: Dialog, request: SipRequest, response: SipResponse): Promise<void> {
    const headers = { Contact: dialog.local.contact, 'Content-Type': 'application/sdp' };
    const offer = request.body;
    if (offer === undefined || !hasAudio(offer)) {
      response.send(200, { body: dialog.local.sdp, headers });
      return;
    }
    try {
      const answer = await this.#media.connect(offer);
      this.#remoteSdp = offer;
      this.#connectedSdp = offer;
      dialog.local.sdp = answer;
      response.send(200, { body: answer, headers });
    } catch {
      response.send(488);
    }
  }
}
