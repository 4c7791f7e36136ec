/** G.711 (ITU-T G.711, RFC 3551 section 4.5.14): 8 kHz speech, one byte a sample. Both directions are tables. */

export const SAMPLE_RATE = 8000;
export const SAMPLES_A_MS = SAMPLE_RATE / 1000;

export type Law = 'pcmu' | 'pcma';

export interface G711 {
  readonly law: Law;
  /** The static payload type (RFC 3551 table 4). */
  readonly payloadType: 0 | 8;
  /** The byte that is digital silence. */
  readonly silence: number;
  /** 16-bit linear samples to one byte each. */
  encode(pcm: Int16Array): Uint8Array;
  /** As many bytes as `out` is long to linear samples. */
  decode(bytes: Uint8Array, out: Int16Array): void;
}

/** The number of the segment (0 to 7) that holds a magnitude whose first segment ends below `2 ** bits`. */
function segmentOf(magnitude: number, bits: number): number {
  return Math.max(0, 32 - Math.clz32(magnitude) - bits);
}

function toALaw(sample: number): number {
  const coarse = sample >> 3;
  const magnitude = coarse >= 0 ? coarse : -coarse - 1;
  const segment = segmentOf(magnitude, 5);
  const code = (segment << 4) | ((magnitude >> Math.max(1, segment)) & 0x0f);
  return code ^ (coarse >= 0 ? 0xd5 : 0x55);
}

function fromALaw(byte: number): number {
  const code = byte ^ 0x55;
  const segment = (code >> 4) & 0x07;
  const step = ((code & 0x0f) << 4) + (segment === 0 ? 0x008 : 0x108);
  const magnitude = segment > 1 ? step << (segment - 1) : step;
  return (code & 0x80) !== 0 ? magnitude : -magnitude;
}

const MU_LAW_BIAS = 33;
const MU_LAW_CLIP = 8158;

function toMuLaw(sample: number): number {
  const coarse = sample >> 2;
  const magnitude = Math.min(Math.abs(coarse), MU_LAW_CLIP) + MU_LAW_BIAS;
  const segment = segmentOf(magnitude, 6);
  const code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0f);
  return code ^ (coarse >= 0 ? 0xff : 0x7f);
}

function fromMuLaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + 0x84) << ((code >> 4) & 0x07)) - 0x84;
  return (code & 0x80) !== 0 ? -magnitude : magnitude;
}

function make(
  law: Law,
  payloadType: 0 | 8,
  toByte: (sample: number) => number,
  toSample: (byte: number) => number,
): G711 {
  const bytes = new Uint8Array(0x1_0000);
  for (let sample = -0x8000; sample < 0x8000; sample++) bytes[sample & 0xffff] = toByte(sample);
  const samples = Int16Array.from({ length: 0x100 }, (_, byte) => toSample(byte));
  return {
    law,
    payloadType,
    silence: bytes[0] as number,
    encode(pcm) {
      const out = new Uint8Array(pcm.length);
      for (let n = 0; n < pcm.length; n++) out[n] = bytes[(pcm[n] as number) & 0xffff] as number;
      return out;
    },
    decode(encoded, out) {
      for (let n = 0; n < out.length; n++) out[n] = samples[encoded[n] as number] as number;
    },
  };
}

export const G711_CODECS: Readonly<Record<Law, G711>> = {
  pcmu: make('pcmu', 0, toMuLaw, fromMuLaw),
  pcma: make('pcma', 8, toALaw, fromALaw),
};

/** Each byte of one law in the other. */
const TRANSCODED: Readonly<Record<Law, Uint8Array>> = {
  pcmu: tableTo('pcmu', 'pcma'),
  pcma: tableTo('pcma', 'pcmu'),
};

function tableTo(from: Law, to: Law): Uint8Array {
  const pcm = new Int16Array(0x100);
  G711_CODECS[from].decode(
    Uint8Array.from({ length: 0x100 }, (_, byte) => byte),
    pcm,
  );
  return G711_CODECS[to].encode(pcm);
}

/** Audio of one law in the other. */
export function transcode(from: Law, bytes: Uint8Array): Uint8Array {
  const table = TRANSCODED[from];
  const out = new Uint8Array(bytes.length);
  for (let n = 0; n < bytes.length; n++) out[n] = table[bytes[n] as number] as number;
  return out;
}
