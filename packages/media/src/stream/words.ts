import type { MediaFailure } from '../errors.js';

/** What went through a stream, in ms of audio. */
export interface StreamFigures {
  streamSid: string;
  /** The far end's audio that the bot was sent. */
  sentMs: number;
  /** The far end's audio that the bot was not sent, because it did not read. */
  skippedMs: number;
  /** The bot's audio that the far end was sent. */
  playedMs: number;
  /** The bot's audio that `clear` took back. */
  clearedMs: number;
  /** The bot's audio that was dropped, because the buffer was full. */
  droppedMs: number;
}

/** How a stream ended: the bot closed it and all of its audio was played, it was stopped here, or it failed. */
export type StreamResult =
  | ({ outcome: 'closed' | 'stopped' } & StreamFigures)
  | ({ outcome: 'failed'; error: MediaFailure } & StreamFigures);

/** What is wrong with a stream that goes on. Each is told once a stream; the figures at its end have the whole. */
export interface StreamWarning {
  code: 'BUFFER_FULL' | 'BOT_READS_SLOWLY' | 'UNKNOWN_MESSAGE';
  message: string;
}
