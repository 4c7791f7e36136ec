import { parse, type SessionDescription, write } from 'sdp-transform';
import { isAudio, type MediaLine } from './audio-line.js';

type Direction = NonNullable<MediaLine['direction']>;

/** An offer with only the line that is accepted, for media that handles one line of audio. */
export function onlyLine(offer: string, line: number): string {
  const session = parse(offer);
  const { groups: _groups, msidSemantic: _msidSemantic, ...rest } = session;
  return write({ ...rest, media: session.media.slice(line, line + 1) });
}

/**
 * The answer to an offer: the media's own answer to the accepted line, in its place and with its profile, and every other line
 * refused with port 0, so that the answer has as many lines as the offer (RFC 3264 section 6).
 */
export function answerTo(offer: string, line: number, mediaAnswer: string): string {
  const offered = parse(offer);
  const answer = parse(mediaAnswer);
  const audio = answer.media.find(isAudio);
  if (audio === undefined || audio.port === 0) throw new Error('the media has refused the audio');
  return write({
    ...answer,
    media: offered.media.map((media, index) =>
      index === line
        ? { ...audio, protocol: media.protocol, direction: answeredDirection(offered, media, audio) }
        : refused(media),
    ),
  });
}

function refused({ type, protocol, payloads }: MediaLine): SessionDescription['media'][number] {
  return { type, port: 0, protocol, payloads: payloads ?? '0', rtp: [], fmtp: [] };
}

/** RFC 3264 section 6.1: neither side may send what the other does not want to receive. */
function answeredDirection(session: SessionDescription, offered: MediaLine, answer: MediaLine): Direction {
  const wanted = offered.direction ?? session.direction ?? 'sendrecv';
  const own = answer.direction ?? 'sendrecv';
  const receives = maySend(wanted) && mayReceive(own);
  const sends = mayReceive(wanted) && maySend(own);
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

function maySend(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

function mayReceive(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}
