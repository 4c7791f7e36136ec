/**
 * G.711 (ITU-T G.711, RFC 3551 section 4.5.14): 8 kHz speech, one byte a sample. Both directions are table
 * look-ups, since a busy lab codes some millions of samples a second.
 */

export type G711Name = 'PCMA' | 'PCMU';

export interface G711Codec {
  /** The encoding name in `a=rtpmap`. */
  readonly name: G711Name;
  /** The static RTP payload type. */
  readonly payloadType: 0 | 8;
  /** 16-bit linear samples to one byte each. */
  encode(pcm: Int16Array): Uint8Array;
  /** As `encode`, into `out` from `offset` on. */
  encodeInto(pcm: Int16Array, out: Uint8Array, offset: number): void;
  /** One byte a sample to 16-bit linear samples. */
  decode(bytes: Uint8Array): Int16Array;
}

/** The number of the segment (0 to 7) that holds a magnitude whose first segment ends below `2 ** bits`. */
function segmentOf(magnitude: number, bits: number): number {
  return Math.max(0, 32 - Math.clz32(magnitude) - bits);
}

function linearToALaw(sample: number): number {
  // 13 bits; negative values are mirrored so that -1 is the negative counterpart of 0.
  const coarse = sample >> 3;
  const magnitude = coarse >= 0 ? coarse : -coarse - 1;
  const segment = segmentOf(magnitude, 5);
  const code = (segment << 4) | ((magnitude >> Math.max(1, segment)) & 0x0f);
  return code ^ (coarse >= 0 ? 0xd5 : 0x55);
}

function aLawToLinear(byte: number): number {
  const code = byte ^ 0x55;
  const segment = (code >> 4) & 0x07;
  const step = ((code & 0x0f) << 4) + (segment === 0 ? 0x008 : 0x108);
  const magnitude = segment > 1 ? step << (segment - 1) : step;
  return (code & 0x80) !== 0 ? magnitude : -magnitude;
}

const MU_LAW_BIAS = 33;
const MU_LAW_CLIP = 8158;

function linearToMuLaw(sample: number): number {
  const coarse = sample >> 2;
  const magnitude = Math.min(Math.abs(coarse), MU_LAW_CLIP) + MU_LAW_BIAS;
  const segment = segmentOf(magnitude, 6);
  const code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0f);
  return code ^ (coarse >= 0 ? 0xff : 0x7f);
}

function muLawToLinear(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + 0x84) << ((code >> 4) & 0x07)) - 0x84;
  return (code & 0x80) !== 0 ? -magnitude : magnitude;
}

function makeCodec(
  name: G711Name,
  payloadType: 0 | 8,
  toByte: (sample: number) => number,
  toSample: (byte: number) => number,
): G711Codec {
  const bytes = new Uint8Array(0x1_0000);
  for (let sample = -0x8000; sample < 0x8000; sample++) bytes[sample & 0xffff] = toByte(sample);
  const samples = Int16Array.from({ length: 0x100 }, (_, byte) => toSample(byte));

  const encodeInto = (pcm: Int16Array, out: Uint8Array, offset: number): void => {
    for (let i = 0; i < pcm.length; i++) out[offset + i] = bytes[(pcm[i] as number) & 0xffff] as number;
  };
  return {
    name,
    payloadType,
    encodeInto,
    encode(pcm) {
      const out = new Uint8Array(pcm.length);
      encodeInto(pcm, out, 0);
      return out;
    },
    decode(encoded) {
      const out = new Int16Array(encoded.length);
      for (let i = 0; i < encoded.length; i++) out[i] = samples[encoded[i] as number] as number;
      return out;
    },
  };
}

export const G711: Readonly<Record<G711Name, G711Codec>> = {
  PCMA: makeCodec('PCMA', 8, linearToALaw, aLawToLinear),
  PCMU: makeCodec('PCMU', 0, linearToMuLaw, muLawToLinear),
};

/** The codec of an RTP payload type, or null when it is none of these. */
export function g711ByPayloadType(payloadType: number): G711Codec | null {
  return payloadType === 8 ? G711.PCMA : payloadType === 0 ? G711.PCMU : null;
}
