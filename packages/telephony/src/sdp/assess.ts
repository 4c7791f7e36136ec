import { isIP } from 'node:net';
import type { SessionDescription } from 'sdp-transform';
import {
  type AudioCodec,
  isAudio,
  isPlainRtp,
  isSameCodec,
  type MediaLine,
  parseSession,
  speechCodecs,
} from './audio-line.js';
import { type Crypto, cryptosOf, hasCrypto, isSecureRtp, suitesOf } from './crypto.js';

/** A line that audio can be exchanged by, or why there is none. */
export type Assessment = { line: number; codec: string } | { problem: string };

/**
 * Whether an answer to our offer gives us audio (RFC 3264 section 6): the line is accepted, with a codec that was offered,
 * an address to send to, and SRTP where that was demanded. `codec` is the encoding that the far end prefers.
 */
export function assessAnswer(offer: string, answer: string | undefined): Assessment {
  return assess(answer, termsOf(offer), 'answer');
}

/**
 * Whether an offer of the far end can be accepted: it has a line of audio with a codec of our own first offer, and with SRTP
 * where that demanded it. `codec` is the first of them.
 */
export function assessOffer(ownOffer: string, offer: string): Assessment {
  return assess(offer, termsOf(ownOffer), 'offer');
}

/** Whether a message's body is a session description with audio that is not refused. */
export function hasAudio(sdp: string | undefined): boolean {
  return parseSession(sdp)?.media.some((line) => isAudio(line) && line.port !== 0) ?? false;
}

/** What our own offer says of its audio. */
interface Terms {
  codecs: readonly AudioCodec[];
  /** RTP/SAVP: audio in the clear is no answer. */
  demandsSrtp: boolean;
  /** Empty where there is no SRTP. */
  cryptos: readonly Crypto[];
}

type Kind = 'answer' | 'offer';

function assess(sdp: string | undefined, terms: Terms, kind: Kind): Assessment {
  if (sdp === undefined || sdp.trim() === '') return { problem: `there is no ${kind}` };
  const session = parseSession(sdp);
  if (session === null) return { problem: `the ${kind} is not a session description` };
  const problems: string[] = [];
  for (const [line, media] of session.media.entries()) {
    const found = assessLine(session, media, terms, kind);
    if ('codec' in found) return { line, codec: found.codec };
    problems.push(found.problem);
  }
  return { problem: `the ${kind} has ${problems.length === 0 ? 'no media' : problems.join(', ')}` };
}

function assessLine(
  session: SessionDescription,
  media: MediaLine,
  terms: Terms,
  kind: Kind,
): { codec: string } | { problem: string } {
  if (!isAudio(media)) return { problem: `${media.type} (${media.protocol})` };
  if (!(media.port > 0 && media.port <= 65_535)) return { problem: `audio at port ${media.port}` };
  const exposed = protectionProblem(media, terms, kind);
  if (exposed !== null) return { problem: exposed };
  const codecs = speechCodecs(media);
  const [chosen] = codecs.filter((codec) => terms.codecs.some((other) => isSameCodec(codec, other)));
  if (chosen === undefined) {
    const names = codecs.map(({ name }) => name).join(', ');
    return {
      problem: names === '' ? 'audio without a speech codec' : `audio with no usable codec (${names})`,
    };
  }
  const connection = media.connection ?? session.connection;
  if (connection === undefined) return { problem: 'audio without an address' };
  const { version, ip } = connection;
  if (isIP(ip) === 0 || isIP(ip) !== version)
    return { problem: `audio at ${ip}, which is no IPv${version} address` };
  return { codec: chosen.name };
}

/** Why the audio's protection is not what was offered (RFC 4568 section 5.1, RFC 8643 section 3), or null. */
function protectionProblem(media: MediaLine, { demandsSrtp, cryptos }: Terms, kind: Kind): string | null {
  const isSecure = isSecureRtp(media);
  if (!isSecure && !isPlainRtp(media)) return `audio by ${media.protocol}`;
  if (cryptos.length === 0) return isSecure ? `audio by ${media.protocol}, which was not offered` : null;
  const isOurs = ({ tag, key }: Crypto) =>
    cryptos.some((own) => own.tag === tag && own.key.suite === key.suite);
  const usable = cryptosOf(media);
  if (kind === 'offer' ? usable.length > 0 : usable.some(isOurs)) return null;
  // An answer that names a key sends SRTP, whatever its profile.
  const isClear = !isSecure && !(kind === 'answer' && hasCrypto(media));
  if (isClear && !demandsSrtp) return null;
  return isClear || !hasCrypto(media)
    ? `audio without SRTP keys (${media.protocol})`
    : `audio with no usable a=crypto (${suitesOf(media)})`;
}

function termsOf(offer: string): Terms {
  const audio = parseSession(offer)?.media.find(isAudio);
  if (audio === undefined) return { codecs: [], demandsSrtp: false, cryptos: [] };
  return { codecs: speechCodecs(audio), demandsSrtp: isSecureRtp(audio), cryptos: cryptosOf(audio) };
}
