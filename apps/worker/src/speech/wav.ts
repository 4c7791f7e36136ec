const HEADER_BYTES = 44;
const PCM = 1;

/**
 * Speech as a whole WAV file: raw 16-bit mono PCM gets a header, and a WAV whose header was written before its length was known
 * (programs that write to a pipe) gets the right one. Throws for what is neither.
 */
export function toWav(speech: Buffer, sampleRate: number): Buffer {
  if (speech.toString('latin1', 0, 4) !== 'RIFF') {
    if (speech.length < 2) throw new Error('it is empty');
    return Buffer.concat([header(speech.length, { sampleRate, channels: 1, bits: 16 }), speech]);
  }
  const format = chunk(speech, 'fmt ');
  const data = chunk(speech, 'data');
  if (format === null || format.length < 16 || data === null || data.length === 0)
    throw new Error('the WAV file has no format or no data');
  if (format.readUInt16LE(0) !== PCM || format.readUInt16LE(14) !== 16)
    throw new Error('the WAV file is not 16-bit PCM');
  const as = { sampleRate: format.readUInt32LE(4), channels: format.readUInt16LE(2), bits: 16 };
  return Buffer.concat([header(data.length, as), data]);
}

function header(
  bytes: number,
  { sampleRate, channels, bits }: { sampleRate: number; channels: number; bits: number },
): Buffer {
  const wav = Buffer.alloc(HEADER_BYTES);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(HEADER_BYTES - 8 + bytes, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(PCM, 20);
  wav.writeUInt16LE(channels, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE((sampleRate * channels * bits) / 8, 28);
  wav.writeUInt16LE((channels * bits) / 8, 32);
  wav.writeUInt16LE(bits, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(bytes, 40);
  return wav;
}

/** A chunk, as far as it is there. */
function chunk(file: Buffer, name: string): Buffer | null {
  for (let at = 12; at + 8 <= file.length; ) {
    const length = file.readUInt32LE(at + 4);
    if (file.toString('latin1', at, at + 4) === name) return file.subarray(at + 8, at + 8 + length);
    at += 8 + length + (length % 2);
  }
  return null;
}
