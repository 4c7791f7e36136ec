import { MediaError } from '../errors.js';

/** What a bot may say. Audio is still encoded. */
export type BotMessage =
  | { event: 'media'; payload: Buffer }
  | { event: 'mark'; name: string }
  | { event: 'clear' }
  /** Of a name that we do not know. */
  | { event: 'unknown'; name: string };

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const SHOWN = 40;
const NAME_MAX = 1024;

/** Reads a bot's text message for the stream of this id. Throws `STREAM_INVALID` and names what is wrong. */
export function readBotMessage(text: string, streamSid: string): BotMessage {
  const message = toObject(text);
  const { event, streamSid: named = streamSid } = message;
  if (typeof event !== 'string') throw invalid('it has no event');
  if (named !== streamSid) throw invalid(`its streamSid is not that of this stream`);
  switch (event) {
    case 'media':
      return { event, payload: toAudio(field(message, 'media').payload) };
    case 'mark':
      return { event, name: toName(field(message, 'mark').name) };
    case 'clear':
      return { event };
    default:
      return { event: 'unknown', name: event.slice(0, SHOWN) };
  }
}

export function invalid(reason: string): MediaError {
  return new MediaError('STREAM_INVALID', `the bot sent a message that is not of the protocol: ${reason}`);
}

function toObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('it is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('it is no object');
  return value as Record<string, unknown>;
}

function field(message: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = message[name];
  if (typeof value !== 'object' || value === null) throw invalid(`${message.event} has no ${name}`);
  return value as Record<string, unknown>;
}

function toAudio(payload: unknown): Buffer {
  if (typeof payload !== 'string' || !BASE64.test(payload)) throw invalid('media.payload is no base64');
  return Buffer.from(payload, 'base64');
}

function toName(name: unknown): string {
  if (typeof name !== 'string') throw invalid('mark.name is no text');
  if (name.length > NAME_MAX) throw invalid(`mark.name has more than ${NAME_MAX} characters`);
  return name;
}
