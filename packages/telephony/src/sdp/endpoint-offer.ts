import { CODECS, type Codec, type CodecName, OutdialError } from '@outdial/contract';
import { parse, write } from 'sdp-transform';
import { isAudio, type MediaLine, payloadsOf } from './audio-line.js';

/**
 * The endpoint's offer with its audio reduced to `names`, in that order, and telephone-event for their clock rates. Comfort
 * noise is left out, so that silence is heard as silence. Throws NO_CODEC when none is offered.
 */
export function offerInOrder(sdp: string, names: readonly CodecName[]): string {
  const session = parse(sdp);
  // FreeSWITCH may offer the same audio twice, once as SRTP; we offer only the plain one.
  const audio = session.media.find(isPlainAudio);
  if (audio === undefined) throw new OutdialError('NO_FREESWITCH', 'the endpoint offers no plain RTP audio');
  const codecs = names.map((name) => ({ codec: CODECS[name], payload: payloadOf(audio, CODECS[name]) }));
  const offered = codecs.filter(
    (entry): entry is { codec: Codec; payload: number } => entry.payload !== null,
  );
  if (offered.length === 0) {
    throw new OutdialError('NO_CODEC', `FreeSWITCH offers none of ${names.join(', ')}`, {
      issues: [{ path: 'codecs', message: 'FreeSWITCH offers none of them', value: names.join(';') }],
    });
  }
  const rates = new Set(offered.map(({ codec }) => codec.clockRate));
  const events = audio.rtp
    .filter(({ codec, rate }) => codec.toLowerCase() === 'telephone-event' && rates.has(rate ?? 8000))
    .map(({ payload }) => payload);
  const payloads = [...offered.map(({ payload }) => payload), ...events];
  const keep = new Set(payloads);
  return write({
    ...session,
    media: [
      {
        ...audio,
        payloads: payloads.join(' '),
        rtp: audio.rtp.filter(({ payload }) => keep.has(payload)),
        fmtp: audio.fmtp.filter(({ payload }) => keep.has(payload)),
      },
    ],
  });
}

/**
 * The answer to an endpoint's offer before it is known who the far end is: its plain RTP audio, to be received only, at its
 * own address; every other line is refused. FreeSWITCH offers the same audio twice, as SRTP first; an answer that repeats
 * that line, as drachtio-srf's own does, agrees to SRTP, and the endpoint then drops the plain RTP of a callee for good.
 */
export function answerPlainly(offer: string): string {
  const session = parse(offer);
  const chosen = session.media.find(isPlainAudio);
  const media = session.media.map((line) => (line === chosen ? line : { ...line, port: 0, crypto: [] }));
  return write({ ...session, direction: 'recvonly', media });
}

function isPlainAudio(line: MediaLine): boolean {
  return isAudio(line) && line.protocol === 'RTP/AVP';
}

function payloadOf(audio: MediaLine, { encoding, clockRate, payloadType }: Codec): number | null {
  const mapped = audio.rtp.find(
    (map) => map.codec.toLowerCase() === encoding.toLowerCase() && (map.rate ?? clockRate) === clockRate,
  );
  if (mapped !== undefined) return mapped.payload;
  return payloadType !== null && payloadsOf(audio).includes(payloadType) ? payloadType : null;
}
