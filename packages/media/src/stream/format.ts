import { DoubleRate, HalfRate } from '../codec/double-rate.js';
import { G711_CODECS } from '../codec/g711.js';
import { invalid } from './messages.js';
import type { CheckedStream } from './options.js';

/** How a stream's audio is written on the wire, in both directions. */
export interface StreamFormat {
  /** `start.mediaFormat`. */
  readonly mediaFormat: { encoding: string; sampleRate: number; channels: 1 };
  /** Whether audio is a binary message, instead of text that has it in base64. */
  readonly isBinary: boolean;
  /** 8 kHz samples of the far end, in their order, as the bot gets them. */
  encode(pcm: Int16Array): Buffer;
  /** The bot's audio, in its order, as 8 kHz samples. Throws `STREAM_INVALID`. */
  decode(bytes: Buffer): Int16Array;
}

export function formatOf({ protocol, sampleRate }: CheckedStream): StreamFormat {
  if (protocol === 'twilio') return MU_LAW;
  return sampleRate === 8000 ? new Linear(8000) : new WideLinear();
}

const MU_LAW: StreamFormat = {
  mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
  isBinary: false,
  encode: (pcm) => Buffer.from(G711_CODECS.pcmu.encode(pcm).buffer),
  decode(bytes) {
    const pcm = new Int16Array(bytes.length);
    G711_CODECS.pcmu.decode(bytes, pcm);
    return pcm;
  },
};

/** 16-bit samples, least significant byte first. */
class Linear implements StreamFormat {
  readonly isBinary = true;
  readonly mediaFormat;

  constructor(sampleRate: number) {
    this.mediaFormat = { encoding: 'audio/l16', sampleRate, channels: 1 } as const;
  }

  encode(pcm: Int16Array): Buffer {
    const bytes = Buffer.allocUnsafe(2 * pcm.length);
    for (let n = 0; n < pcm.length; n++) bytes.writeInt16LE(pcm[n] as number, 2 * n);
    return bytes;
  }

  decode(bytes: Buffer): Int16Array {
    if (bytes.length % 2 !== 0) throw invalid('a binary message has half a sample');
    const pcm = new Int16Array(bytes.length / 2);
    for (let n = 0; n < pcm.length; n++) pcm[n] = bytes.readInt16LE(2 * n);
    return pcm;
  }
}

/** The same at 16 kHz. */
class WideLinear extends Linear {
  readonly #up = new DoubleRate();
  readonly #down = new HalfRate();

  constructor() {
    super(16_000);
  }

  override encode(pcm: Int16Array): Buffer {
    return super.encode(this.#up.take(pcm));
  }

  override decode(bytes: Buffer): Int16Array {
    return this.#down.take(super.decode(bytes));
  }
}
