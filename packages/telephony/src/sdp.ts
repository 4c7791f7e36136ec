import { CODECS, type Codec, type CodecName, OutdialError } from '@outdial/contract';
import { type MediaDescription, parse, write } from 'sdp-transform';

type Audio = MediaDescription & { type: string; payloads?: string };

/** Static payload types that may stand without `a=rtpmap` (RFC 3551, section 6). */
const STATIC_ENCODINGS: Readonly<Record<number, string>> = {
  0: 'PCMU',
  3: 'GSM',
  4: 'G723',
  8: 'PCMA',
  9: 'G722',
  15: 'G728',
  18: 'G729',
};

/**
 * The offer with its audio reduced to `names`, in that order, and telephone-event for their clock rates.
 * Comfort noise is left out, so that silence is heard as silence. Throws NO_CODEC when none is offered.
 */
export function offerInOrder(sdp: string, names: readonly CodecName[]): string {
  const session = parse(sdp);
  const audio = plainAudio(session.media);
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
 * The encoding that an answer chose (`PCMA`): the first of its audio that is not an event or noise. Null where
 * there is none, and for whatever a far end may send that is no session description.
 */
export function chosenCodec(sdp: string | undefined): string | null {
  if (sdp === undefined || !hasAudio(sdp)) return null;
  const audio = audioOf(sdp);
  for (const payload of payloadsOf(audio)) {
    const name = audio?.rtp.find((map) => map.payload === payload)?.codec ?? STATIC_ENCODINGS[payload];
    if (name !== undefined && !['telephone-event', 'cn'].includes(name.toLowerCase())) return name;
  }
  return null;
}

function audioOf(sdp: string): Audio | undefined {
  try {
    return parse(sdp).media.find(({ type }) => type === 'audio');
  } catch {
    return undefined;
  }
}

/** Whether a response's body is a session description with audio. */
export function hasAudio(body: string | undefined): boolean {
  return body !== undefined && /^m=audio /m.test(body);
}

/** FreeSWITCH may offer the same audio twice, once as SRTP; we offer the plain one alone. */
function plainAudio(media: readonly Audio[]): Audio | undefined {
  return media.find(({ type, protocol }) => type === 'audio' && protocol === 'RTP/AVP');
}

function payloadOf(audio: Audio, { encoding, clockRate, payloadType }: Codec): number | null {
  const mapped = audio.rtp.find(
    (map) => map.codec.toLowerCase() === encoding.toLowerCase() && (map.rate ?? clockRate) === clockRate,
  );
  if (mapped !== undefined) return mapped.payload;
  return payloadType !== null && payloadsOf(audio).includes(payloadType) ? payloadType : null;
}

function payloadsOf(audio: Audio | undefined): number[] {
  // A single payload type is parsed as a number.
  return String(audio?.payloads ?? '')
    .split(' ')
    .filter(Boolean)
    .map(Number);
}
