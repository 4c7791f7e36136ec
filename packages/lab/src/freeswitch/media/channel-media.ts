import { randomInt } from 'node:crypto';
import { FRAME_SAMPLES } from '../../media/frame-clock.js';
import type { G711Name } from '../../media/g711.js';
import { RtpSession } from '../../media/rtp-session.js';
import {
  agreesToSrtp,
  createAnswer,
  createOffer,
  type RemoteMedia,
  readAnswer,
  withSrtpFirst,
} from '../../media/sdp.js';
import type { Core } from '../core.js';
import { ReadStream } from './read-stream.js';
import type { WriteStream } from './write-stream.js';

/** The profile's codecs (`codec-prefs`), in its order of preference. */
const CODECS: readonly G711Name[] = ['PCMU', 'PCMA'];

/** The media of one channel: its RTP session and the negotiated SDP. */
export class ChannelMedia {
  readonly session: RtpSession;
  readonly readStream: ReadStream;
  /** `rtp_local_sdp_str`, which fsmrf gives as the endpoint's SDP. */
  localSdp = '';
  /** `switch_r_sdp`. */
  remoteSdp = '';
  readonly #writeStream: WriteStream;
  readonly #sessionId = randomInt(1, 2 ** 31);
  readonly #offersSrtp: boolean;
  #version = 0;
  #remote: RemoteMedia | null = null;

  private constructor(session: RtpSession, writeStream: WriteStream, offersSrtp: boolean) {
    this.session = session;
    this.#offersSrtp = offersSrtp;
    this.#writeStream = writeStream;
    this.readStream = new ReadStream(session);
  }

  static async open(
    host: string,
    writeStream: WriteStream,
    { rtpTimer, secureMedia }: Pick<Core, 'rtpTimer' | 'secureMedia'>,
  ): Promise<ChannelMedia> {
    const pace = rtpTimer === 'none' ? 'received' : 'clock';
    const session = await RtpSession.open({ host, background: writeStream, pace });
    return new ChannelMedia(session, writeStream, secureMedia === 'optional');
  }

  get codecName(): string | null {
    return this.#remote?.codec.name ?? null;
  }

  /** Whether RTP is being sent, which takes frames from the write stream. */
  get isSending(): boolean {
    const remote = this.session.remote;
    return remote !== null && (remote.direction === 'sendrecv' || remote.direction === 'sendonly');
  }

  /** An offer with every codec: as SRTP first, where that is optional, then as plain RTP. */
  offer(): string {
    const plain = createOffer(this.#describe(CODECS));
    this.localSdp = this.#offersSrtp ? withSrtpFirst(plain) : plain;
    return this.localSdp;
  }

  /**
   * Applies the answer to our offer; false when it has no codec of ours. An answer that agrees to SRTP holds for good: plain RTP
   * of the far end is dropped from then on, whatever a later re-INVITE says.
   */
  takeAnswer(sdp: string): boolean {
    if (this.#offersSrtp && agreesToSrtp(sdp)) this.session.isSecured = true;
    const remote = readAnswer(sdp, CODECS);
    if (remote === null) return false;
    this.#apply(remote, sdp);
    return true;
  }

  /**
   * Answers an offer with the first of *our* codecs that it has (`inbound-codec-negotiation` is `greedy`);
   * null when it has none. As in FreeSWITCH, `localSdp` changes only with the codec and never shows a hold.
   */
  answer(offer: string): string | null {
    for (const codec of CODECS) {
      const answer = createAnswer(offer, this.#describe([codec]));
      if (answer === null) continue;
      if (this.codecName !== codec)
        this.localSdp = answer.sdp.replace(/a=(recvonly|sendonly|inactive)/, 'a=sendrecv');
      this.#apply(answer, offer);
      return answer.sdp;
    }
    return null;
  }

  /**
   * The answer to a re-INVITE without a common codec: the stream refused (port 0), with every codec of ours.
   */
  refusal(): string {
    return createOffer({ ...this.#describe(CODECS), port: 0 });
  }

  /** Sends digits by telephone event, where the far end has agreed to them. */
  press(digits: string, durationMs: number): void {
    const hasEvents = typeof this.session.remote?.telephoneEvent === 'number';
    if (hasEvents) void this.session.press(digits, { durationMs });
  }

  /** Advances what is played by 20 ms while no RTP is sent. */
  skipFrame(): void {
    this.#writeStream.next(FRAME_SAMPLES);
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

  /** The variables that `uuid_set_media_stats` sets. */
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
    this.readStream.close();
    this.session.close();
  }

  #apply(remote: RemoteMedia, sdp: string): void {
    this.#remote = remote;
    this.remoteSdp = sdp;
    const { host, port } = this.session;
    // drachtio-srf acknowledges an offer with that same offer, so FreeSWITCH sends to itself until the first
    // re-INVITE. That is left out: it would cost 50 packets a second for each endpoint.
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
