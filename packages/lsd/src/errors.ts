import { OutdialError } from '@outdial/contract';

/**
 * Invalid audio or an invalid option: empty, an odd number of bytes, not 8 kHz, or a time limit out of range.
 */
export class LsdInputError extends OutdialError {
  override readonly name = 'LsdInputError';
  constructor(message: string) {
    super('INVALID_AUDIO', message);
  }
}
