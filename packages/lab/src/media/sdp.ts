import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { parse, type SessionDescription, write } from 'sdp-transform';
import { G711, type G711Codec, type G711Name } from './g711.js';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** Our side of a session. */
export interface LocalMedia {
  host: string;
  port: number;
  /** In order of preference. An answer takes the first of the *offer* that is among them (RFC 3264, 6.1). */
  codecs: readonly G711Name[];
  /** The `o=` line's session id, which stays the same for a dialog. */
  sessionId: number;
  /** Increases by one with each new description of the session. */
  sessionVersion: number;
  /** The `o=` line's user name and `s=` line; default `-`. */
  name?: string;
  /** False: telephone events are not agreed to. Default true. */
  hasEvents?: boolean;
}

/** The far end's audio as its SDP describes it. */
export interface RemoteMedia {
  host: string;
  port: number;
  codec: G711Codec;
  /** The payload type of telephone events (RFC 4733); null: none were negotiated. */
  telephoneEvent: number | null;
  /** Seen from our side: `recvonly` when the far end only sends, as it does to put us on hold. */
  direction: Direction;
}

/** An answer to an offer, and the far end's media. */
export interface Answer extends RemoteMedia {
  sdp: string;
}

const DEFAULT_TELEPHONE_EVENT = 101;
/** Master key and salt of AES_CM_128 (RFC 4568 section 6.2). */
const SRTP_KEY_BYTES = 30;
/** The static payload types that need no `a=rtpmap` (RFC 3551, section 6). */
const STATIC: Readonly<Record<number, G711Name>> = { 0: 'PCMU', 8: 'PCMA' };

/** An SDP offer of one audio stream with telephone-event. */
export function createOffer(local: LocalMedia, direction: Direction = 'sendrecv'): string {
  const audio = audioLine(
    local,
    local.codecs,
    local.hasEvents === false ? null : DEFAULT_TELEPHONE_EVENT,
    direction,
  );
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

  const described = remoteOf(description, media, codec);
  const remote = local.hasEvents === false ? { ...described, telephoneEvent: null } : described;
  const answered = description.media.map((other, i) =>
    i === index ? audioLine(local, [codec], remote.telephoneEvent, remote.direction) : refusedLine(other),
  );
  return { ...remote, sdp: write({ ...sessionLines(local), media: answered }) };
}

/** An offer of the same audio as SRTP (RFC 4568) before its plain RTP. */
export function withSrtpFirst(offer: string): string {
  const description = parseSdp(offer);
  const secured = description.media.map((line) => ({
    ...line,
    protocol: 'RTP/SAVP',
    crypto: [
      {
        id: 1,
        suite: 'AES_CM_128_HMAC_SHA1_80',
        config: `inline:${randomBytes(SRTP_KEY_BYTES).toString('base64')}`,
      },
    ],
  }));
  return write({ ...description, media: [...secured, ...description.media] });
}

/** Whether an answer takes audio over SRTP. */
export function agreesToSrtp(answer: string): boolean {
  return parseSdp(answer).media.some(
    ({ type, protocol, port, crypto = [] }) =>
      type === 'audio' && protocol === 'RTP/SAVP' && port !== 0 && crypto.length > 0,
  );
}

/** Reads the answer to our offer; null when it accepts none of the codecs offered. */
export function readAnswer(answer: string, offered: readonly G711Name[]): RemoteMedia | null {
  const description = parseSdp(answer);
  for (const media of description.media) {
    const codec = chooseCodec(media, offered);
    if (codec !== null) return remoteOf(description, media, codec);
  }
  return null;
}

type Media = SessionDescription['media'][number];

/** sdp-transform leaves out missing fields, contrary to its types. */
function parseSdp(sdp: string): SessionDescription {
  const description = parse(sdp);
  return {
    ...description,
    media: (description.media ?? []).map((media) => ({ ...media, rtp: media.rtp ?? [] })),
  };
}

function chooseCodec(media: Media, accepted: readonly G711Name[]): G711Name | null {
  // Port 0 means a refused stream (RFC 3264, section 6); ports above 65535 do not exist.
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
    telephoneEvent: telephoneEventOf(media),
    direction: facing(directionOf(description, media), host),
  };
}

function telephoneEventOf({ rtp }: Media): number | null {
  return rtp.find(({ codec }) => codec.toLowerCase() === 'telephone-event')?.payload ?? null;
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
  const ipVer = isIPv6(host) ? 6 : 4;
  return {
    version: 0,
    origin: { username: name, sessionId, sessionVersion, netType: 'IN', ipVer, address: host },
    name,
    connection: { version: ipVer, ip: host },
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
