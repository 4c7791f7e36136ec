import { randomInt } from 'node:crypto';
import { FRAME_SAMPLES } from '../media/frame-clock.js';
import type { G711Name } from '../media/g711.js';
import { RtpSession } from '../media/rtp-session.js';
import { createAnswer, createOffer, type RemoteMedia, readAnswer } from '../media/sdp.js';
import { Ear } from './ear.js';
import type { Mouth } from './mouth.js';

/** What the profile takes (`codec-prefs`), in its own order of preference. */
const CODECS: readonly G711Name[] = ['PCMU', 'PCMA'];

/** The media of one channel: its RTP, and the SDP that has been agreed on. */
export class LegMedia {
  readonly session: RtpSession;
  readonly ear: Ear;
  /** `rtp_local_sdp_str`: what fsmrf shows as the endpoint's SDP. */
  localSdp = '';
  /** `switch_r_sdp`. */
  remoteSdp = '';
  readonly #mouth: Mouth;
  readonly #sessionId = randomInt(1, 2 ** 31);
  #version = 0;
  #remote: RemoteMedia | null = null;

  private constructor(session: RtpSession, mouth: Mouth) {
    this.session = session;
    this.#mouth = mouth;
    this.ear = new Ear(session);
  }

  static async open(host: string, mouth: Mouth): Promise<LegMedia> {
    return new LegMedia(await RtpSession.open({ host, background: mouth }), mouth);
  }

  get codecName(): string | null {
    return this.#remote?.codec.name ?? null;
  }

  /** Whether RTP goes out just now, and so takes frames from the mouth. */
  get isSending(): boolean {
    const remote = this.session.remote;
    return remote !== null && (remote.direction === 'sendrecv' || remote.direction === 'sendonly');
  }

  /** An offer with every codec. */
  offer(): string {
    this.localSdp = createOffer(this.#describe(CODECS));
    return this.localSdp;
  }

  /** Takes the answer to our offer; false when it has no codec of ours. */
  takeAnswer(sdp: string): boolean {
    const remote = readAnswer(sdp, CODECS);
    if (remote === null) return false;
    this.#agreeOn(remote, sdp);
    return true;
  }

  /**
   * Answers an offer with the first of *our* codecs that it has (`inbound-codec-negotiation` is `greedy`); null when
   * it has none. `localSdp` follows only when the codec changes, and never tells of a hold, as in FreeSWITCH.
   */
  answer(offer: string): string | null {
    for (const codec of CODECS) {
      const answer = createAnswer(offer, this.#describe([codec]));
      if (answer === null) continue;
      if (this.codecName !== codec)
        this.localSdp = answer.sdp.replace(/a=(recvonly|sendonly|inactive)/, 'a=sendrecv');
      this.#agreeOn(answer, offer);
      return answer.sdp;
    }
    return null;
  }

  /** What a re-INVITE without a codec in common is answered with: the stream refused, with all that could have been. */
  refusal(): string {
    return createOffer({ ...this.#describe(CODECS), port: 0 });
  }

  /** Lets 20 ms pass for what is played, when no RTP takes them. */
  skipFrame(): void {
    this.#mouth.next(FRAME_SAMPLES);
  }

  /** The channel variables of the media (`rtp_local_sdp_str`, `remote_media_ip`, ...). */
  *variables(): Generator<readonly [string, string]> {
    const { host, port } = this.session;
    yield ['rtp_local_sdp_str', this.localSdp];
    yield ['switch_r_sdp', this.remoteSdp];
    yield ['ep_codec_string', CODECS.join(',')];
    yield ['rtp_use_codec_string', CODECS.join(',')];
    yield ['local_media_ip', host];
    yield ['local_media_port', String(port)];
    yield ['advertised_media_ip', host];
    yield ['dtmf_type', 'rfc2833'];
    const remote = this.#remote;
    if (remote === null) return;
    yield ['rtp_use_codec_name', remote.codec.name];
    yield ['rtp_use_codec_rate', '8000'];
    yield ['rtp_use_codec_ptime', '20'];
    yield ['rtp_use_pt', String(remote.codec.payloadType)];
    yield ['read_codec', remote.codec.name];
    yield ['read_rate', '8000'];
    yield ['write_codec', remote.codec.name];
    yield ['write_rate', '8000'];
    yield ['remote_media_ip', remote.host];
    yield ['remote_media_port', String(remote.port)];
  }

  /** What `uuid_set_media_stats` makes variables of. */
  *statistics(): Generator<readonly [string, string]> {
    const { packetsReceived, packetsSent } = this.session;
    yield ['rtp_audio_in_packet_count', String(packetsReceived)];
    yield ['rtp_audio_in_media_packet_count', String(packetsReceived)];
    yield ['rtp_audio_out_packet_count', String(packetsSent)];
    yield ['rtp_audio_out_media_packet_count', String(packetsSent)];
    yield ['rtp_audio_in_raw_bytes', String(packetsReceived * (FRAME_SAMPLES + 12))];
    yield ['rtp_audio_out_raw_bytes', String(packetsSent * (FRAME_SAMPLES + 12))];
  }

  close(): void {
    this.ear.close();
    this.session.close();
  }

  #agreeOn(remote: RemoteMedia, sdp: string): void {
    this.#remote = remote;
    this.remoteSdp = sdp;
    const { host, port } = this.session;
    // drachtio-srf acknowledges an offer with that same offer, so FreeSWITCH sends to itself until the first
    // re-INVITE. Nobody hears that, and it would cost 50 packets a second an endpoint.
    if (remote.host === host && remote.port === port) return;
    this.session.setRemote(remote);
  }

  #describe(codecs: readonly G711Name[]) {
    this.#version += 1;
    return {
      host: this.session.host,
      port: this.session.port,
      codecs,
      sessionId: this.#sessionId,
      sessionVersion: this.#version,
      name: 'drachtio-Mediaserver',
    };
  }
}
