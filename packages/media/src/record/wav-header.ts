/** Bytes of a WAV header of 16-bit PCM. */
export const WAV_HEADER_BYTES = 44;
const SAMPLE_BYTES = 2;

/** The header of a WAV file of 16-bit PCM, with as many bytes of data. */
export function wavHeader(dataBytes: number, channels: 1 | 2, sampleRate: number): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  const frameBytes = channels * SAMPLE_BYTES;
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(WAV_HEADER_BYTES - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * frameBytes, 28);
  header.writeUInt16LE(frameBytes, 32);
  header.writeUInt16LE(SAMPLE_BYTES * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}
