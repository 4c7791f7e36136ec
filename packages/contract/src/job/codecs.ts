import { z } from 'zod';

/** A codec as `codecs` names it, and its SDP `a=rtpmap` (RFC 3551, RFC 7587 for Opus). */
export interface Codec {
  name: CodecName;
  /** The encoding name in `a=rtpmap`. */
  encoding: string;
  /** The static payload type, or null where the type is dynamic. */
  payloadType: number | null;
  /** The RTP clock rate in Hz (8000 for G.722 by history, RFC 3551 section 4.5.2). */
  clockRate: number;
  /** Channels in `a=rtpmap`; Opus always says 2. */
  channels: 1 | 2;
}

export const CODEC_NAMES = ['g711a', 'g711u', 'g722', 'g729', 'opus'] as const;
export type CodecName = (typeof CODEC_NAMES)[number];

export const CODECS: Readonly<Record<CodecName, Codec>> = {
  g711a: { name: 'g711a', encoding: 'PCMA', payloadType: 8, clockRate: 8000, channels: 1 },
  g711u: { name: 'g711u', encoding: 'PCMU', payloadType: 0, clockRate: 8000, channels: 1 },
  g722: { name: 'g722', encoding: 'G722', payloadType: 9, clockRate: 8000, channels: 1 },
  g729: { name: 'g729', encoding: 'G729', payloadType: 18, clockRate: 8000, channels: 1 },
  opus: { name: 'opus', encoding: 'opus', payloadType: null, clockRate: 48_000, channels: 2 },
};

function isCodecName(name: string): name is CodecName {
  return (CODEC_NAMES as readonly string[]).includes(name);
}

/** Splits `g711a;g711u` into names, in order of priority; throws a RangeError that names a bad one. */
export function parseCodecs(text: string): CodecName[] {
  const names = text.split(';').map((name) => name.trim().toLowerCase());
  for (const [index, name] of names.entries()) {
    if (!isCodecName(name))
      throw new RangeError(`"${name}" is not a codec; known are ${CODEC_NAMES.join(', ')}`);
    if (names.indexOf(name) !== index) throw new RangeError(`codec "${name}" is given twice`);
  }
  return names as CodecName[];
}

/** zod: a semicolon-separated codec list in, its normal form out. */
export const codecsSchema = z
  .string()
  .max(128)
  .transform((text, context) => {
    try {
      return parseCodecs(text).join(';');
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message, input: text });
      return z.NEVER;
    }
  });
