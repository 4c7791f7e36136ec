import { concat, silence } from '../../src/media/audio-source.js';
import type { G711Name } from '../../src/media/g711.js';
import { RtpSession } from '../../src/media/rtp-session.js';
import { createOffer, readAnswer } from '../../src/media/sdp.js';
import { type Dialog, type InviteOptions, type OutgoingInvite, SipAgent } from '../../src/sip/index.js';

const CODECS: readonly G711Name[] = ['PCMA', 'PCMU'];

/** A call that was answered, and what was heard on it. */
export interface UpCall {
  dialog: Dialog;
  rtp: RtpSession;
  codec: G711Name;
  /** What was heard from `fromMs` to `toMs` of the audio received; waits until it has come. */
  heard(fromMs: number, toMs: number): Promise<Int16Array>;
}

/** Somebody who rings the callees: a SIP agent, and RTP for each call. */
export class Caller {
  readonly agent: SipAgent;
  readonly #to: string;
  readonly #sessions: RtpSession[] = [];

  private constructor(agent: SipAgent, to: string) {
    this.agent = agent;
    this.#to = to;
  }

  static async start(to: string, t1Ms = 500): Promise<Caller> {
    return new Caller(await SipAgent.start({ t1Ms }), to);
  }

  uri(callee: string): string {
    const [user, ...params] = callee.split(';');
    return [`sip:${user}@${this.#to}`, ...params].join(';');
  }

  /** An INVITE with media of its own, whose offer lists `codecs`. */
  async dial(
    callee: string,
    options: Partial<InviteOptions> & { codecs?: readonly G711Name[] } = {},
  ): Promise<{ invite: OutgoingInvite; rtp: RtpSession; frames: Int16Array[] }> {
    const { codecs = CODECS, ...rest } = options;
    const rtp = await RtpSession.open();
    this.#sessions.push(rtp);
    const frames: Int16Array[] = [];
    rtp.on('frame', (pcm) => frames.push(pcm));
    const sdp = createOffer({ host: rtp.host, port: rtp.port, codecs, sessionId: 1, sessionVersion: 1 });
    return { invite: this.agent.invite({ uri: this.uri(callee), sdp, ...rest }), rtp, frames };
  }

  /** Dials, and fails unless it is answered. */
  async call(callee: string, options: Parameters<Caller['dial']>[1] = {}): Promise<UpCall> {
    const { invite, rtp, frames } = await this.dial(callee, options);
    const outcome = await invite.outcome;
    if (outcome.kind !== 'answered') throw new Error(`${callee} refused with ${outcome.response.status}`);
    const { dialog } = outcome;
    const remote = readAnswer(dialog.remoteSdp, CODECS);
    if (remote === null) throw new Error(`${callee} chose no codec`);
    rtp.setRemote(remote);
    void rtp.play(silence());
    return {
      dialog,
      rtp,
      codec: remote.codec.name,
      heard: async (fromMs, toMs) => {
        while (frames.length * 20 < toMs) await new Promise((resolve) => rtp.once('frame', resolve));
        return concat(...frames).subarray(fromMs * 8, toMs * 8);
      },
    };
  }

  async stop(): Promise<void> {
    for (const rtp of this.#sessions) rtp.close();
    await this.agent.close();
  }
}
