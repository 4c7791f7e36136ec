import { parse, type SessionDescription, write } from 'sdp-transform';
import { G711, type G711Codec, type G711Name } from './g711.js';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** Where and how we take part in a session. */
export interface LocalMedia {
  host: string;
  port: number;
  /** In order of preference. An answer takes the first of the *offer* that is among them (RFC 3264, 6.1). */
  codecs: readonly G711Name[];
  /** The `o=` line's session id, which stays the same for a dialog. */
  sessionId: number;
  /** Goes up by one with each new description of the session. */
  sessionVersion: number;
  /** The `o=` line's user name and `s=` line; default `-`. */
  name?: string;
}

/** The far end's audio, read from its SDP. */
export interface RemoteMedia {
  host: string;
  port: number;
  codec: G711Codec;
  /** Seen from our side: `recvonly` when the far end only sends, as it does to put us on hold. */
  direction: Direction;
}

/** An answer to an offer: what to send back, and the far end's media. */
export interface Answer extends RemoteMedia {
  sdp: string;
}

const DEFAULT_TELEPHONE_EVENT = 101;
/** The static payload types that need no `a=rtpmap` (RFC 3551, section 6). */
const STATIC: Readonly<Record<number, G711Name>> = { 0: 'PCMU', 8: 'PCMA' };

/** An SDP offer of one audio stream with telephone-event. */
export function createOffer(local: LocalMedia, direction: Direction = 'sendrecv'): string {
  const audio = audioLine(local, local.codecs, DEFAULT_TELEPHONE_EVENT, direction);
  return write({ ...sessionLines(local), media: [audio] });
}

/**
 * Answers an offer (RFC 3264, section 6): the first audio stream over plain RTP that has a codec of ours,
 * every other stream refused with port 0. Null when there is none, which is a 488 (RFC 3261, 21.4.26).
 */
export function createAnswer(offer: string, local: LocalMedia): Answer | null {
  const description = parseSdp(offer);
  const index = description.media.findIndex((media) => chooseCodec(media, local.codecs) !== null);
  const media = description.media[index];
  const codec = media === undefined ? null : chooseCodec(media, local.codecs);
  if (media === undefined || codec === null) return null;

  const remote = remoteOf(description, media, codec);
  const telephoneEvent = media.rtp.find(({ codec: name }) => name.toLowerCase() === 'telephone-event');
  const answered = description.media.map((other, i) =>
    i === index
      ? audioLine(local, [codec], telephoneEvent?.payload ?? null, remote.direction)
      : refusedLine(other),
  );
  return { ...remote, sdp: write({ ...sessionLines(local), media: answered }) };
}

/** Reads the answer to our offer, or null when it takes none of the codecs offered. */
export function readAnswer(answer: string, offered: readonly G711Name[]): RemoteMedia | null {
  const description = parseSdp(answer);
  for (const media of description.media) {
    const codec = chooseCodec(media, offered);
    if (codec !== null) return remoteOf(description, media, codec);
  }
  return null;
}

type Media = SessionDescription['media'][number];

/** sdp-transform leaves out what it did not find, whatever its types say. */
function parseSdp(sdp: string): SessionDescription {
  const description = parse(sdp);
  return {
    ...description,
    media: (description.media ?? []).map((media) => ({ ...media, rtp: media.rtp ?? [] })),
  };
}

function chooseCodec(media: Media, accepted: readonly G711Name[]): G711Name | null {
  // A stream of port 0 is refused (RFC 3264, section 6), one of a port that there is none of cannot be sent to.
  const isSendable = media.port >= 1 && media.port <= 65_535;
  if (media.type !== 'audio' || !isSendable || !/^RTP\/AVPF?$/.test(media.protocol)) return null;
  for (const payload of String(media.payloads ?? '').split(' ')) {
    const rtpmap = media.rtp.find((one) => one.payload === Number(payload));
    const name = rtpmap === undefined ? STATIC[Number(payload)] : rtpmap.codec.toUpperCase();
    const codec = accepted.find((one) => one === name);
    if (codec !== undefined) return codec;
  }
  return null;
}

function remoteOf(description: SessionDescription, media: Media, codec: G711Name): RemoteMedia {
  const host = media.connection?.ip ?? description.connection?.ip ?? description.origin?.address ?? '0.0.0.0';
  return {
    host,
    port: media.port,
    codec: G711[codec],
    direction: facing(directionOf(description, media), host),
  };
}

function directionOf(description: SessionDescription, media: Media): Direction {
  return (media.direction ?? description.direction ?? 'sendrecv') as Direction;
}

/** Our direction towards theirs; an address of zeros is how RFC 2543 put a call on hold. */
function facing(theirs: Direction, host: string): Direction {
  const canSend = (theirs === 'sendrecv' || theirs === 'recvonly') && host !== '0.0.0.0';
  const canReceive = theirs === 'sendrecv' || theirs === 'sendonly';
  if (canSend) return canReceive ? 'sendrecv' : 'sendonly';
  return canReceive ? 'recvonly' : 'inactive';
}

function sessionLines({
  host,
  sessionId,
  sessionVersion,
  name = '-',
}: LocalMedia): Omit<SessionDescription, 'media'> {
  return {
    version: 0,
    origin: { username: name, sessionId, sessionVersion, netType: 'IN', ipVer: 4, address: host },
    name,
    connection: { version: 4, ip: host },
    timing: { start: 0, stop: 0 },
  };
}

function audioLine(
  local: LocalMedia,
  codecs: readonly G711Name[],
  telephoneEvent: number | null,
  direction: Direction,
): Media {
  const events = telephoneEvent === null ? [] : [telephoneEvent];
  return {
    type: 'audio',
    port: local.port,
    protocol: 'RTP/AVP',
    payloads: [...codecs.map((name) => G711[name].payloadType), ...events].join(' '),
    rtp: [
      ...codecs.map((name) => ({ payload: G711[name].payloadType, codec: name, rate: 8000 })),
      ...events.map((payload) => ({ payload, codec: 'telephone-event', rate: 8000 })),
    ],
    fmtp: events.map((payload) => ({ payload, config: '0-16' })),
    ptime: 20,
    direction,
  };
}

function refusedLine({ type, protocol, payloads }: Media): Media {
  return { type, protocol, port: 0, payloads: payloads ?? '0', rtp: [], fmtp: [] };
}
