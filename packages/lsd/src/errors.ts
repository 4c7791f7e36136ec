import { OutdialError } from '@outdial/contract';

/** Audio or an option that a detector refuses: empty, of odd length, not 8 kHz, a time limit out of range. */
export class LsdInputError extends OutdialError {
  override readonly name = 'LsdInputError';
  constructor(message: string) {
    super('INVALID_AUDIO', message);
  }
}
