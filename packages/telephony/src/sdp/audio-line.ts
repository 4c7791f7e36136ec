import { type MediaDescription, parse, type SessionDescription } from 'sdp-transform';

/** An `m=` line as sdp-transform parses it. */
export type MediaLine = MediaDescription & {
  type: string;
  port: number;
  protocol: string;
  /** Its formats, separated by spaces. */
  payloads?: string | undefined;
};

export interface AudioCodec {
  payload: number;
  /** The encoding name (`PCMA`), spelt as in the description. */
  name: string;
  clockRate: number;
}

/** Static payload types, which need no `a=rtpmap` (RFC 3551 section 6). */
const STATIC_ENCODINGS: Readonly<Record<number, string>> = {
  0: 'PCMU',
  3: 'GSM',
  4: 'G723',
  8: 'PCMA',
  9: 'G722',
  13: 'CN',
  15: 'G728',
  18: 'G729',
};

/** Encodings that carry no speech. */
const AUXILIARY = ['telephone-event', 'cn', 'red'];

/** RTP profiles without encryption. A far end that answers with feedback (AVPF) sends the same audio. */
const PLAIN_PROTOCOLS = ['RTP/AVP', 'RTP/AVPF'];

/** The session description, or null when the text is none. */
export function parseSession(sdp: string | undefined): SessionDescription | null {
  if (sdp === undefined || !/^(?:v=0|m=\w+ )/m.test(sdp)) return null;
  try {
    const session = parse(sdp);
    return Array.isArray(session.media) ? session : null;
  } catch {
    return null;
  }
}

export function isAudio({ type }: MediaLine): boolean {
  return type === 'audio';
}

/** Whether its audio is plain RTP rather than SRTP. */
export function isPlainRtp({ protocol }: MediaLine): boolean {
  return PLAIN_PROTOCOLS.includes(protocol);
}

/** The codecs of an audio line that carry speech, in its order of preference. */
export function speechCodecs(line: MediaLine): AudioCodec[] {
  return codecsOf(line).filter(({ name }) => !AUXILIARY.includes(name.toLowerCase()));
}

/** All codecs of an audio line whose encoding it tells, in its order of preference. */
export function codecsOf(line: MediaLine): AudioCodec[] {
  return payloadsOf(line).flatMap((payload) => codecOf(line, payload) ?? []);
}

/** Whether the audio of a description has telephone events (RFC 4733). */
export function hasTelephoneEvents(sdp: string): boolean {
  const line = parseSession(sdp)?.media.find(isAudio);
  return line !== undefined && codecsOf(line).some(({ name }) => name.toLowerCase() === 'telephone-event');
}

export function isSameCodec(one: AudioCodec, other: AudioCodec): boolean {
  return one.name.toLowerCase() === other.name.toLowerCase() && one.clockRate === other.clockRate;
}

/** Its payload types, in its order of preference. */
export function payloadsOf({ payloads }: MediaLine): number[] {
  // A single payload type is parsed as a number.
  return String(payloads ?? '')
    .split(' ')
    .filter((payload) => /^\d+$/.test(payload))
    .map(Number);
}

function codecOf(line: MediaLine, payload: number): AudioCodec | null {
  const map = line.rtp.find((candidate) => candidate.payload === payload);
  // sdp-transform makes a number of a name that is one.
  if (map !== undefined) return { payload, name: String(map.codec), clockRate: map.rate ?? 8000 };
  const name = STATIC_ENCODINGS[payload];
  return name === undefined ? null : { payload, name, clockRate: 8000 };
}
