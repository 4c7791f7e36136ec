import { OutdialError } from '@outdial/contract';
import type { Agent } from '../drachtio/srf-types.js';

/**
 * The longest message that may be sent to drachtio-server. It buffers a client's bytes in a ring of 12,228, reading up to
 * 8192 at a time (client.cpp): a longer message can overwrite its own beginning, and drachtio then drops the client with
 * all calls of that connection.
 */
const MESSAGE_BYTES_MAX = 12_228 - 8192;
/** What else is in an INVITE besides our headers, URI and offer: drachtio's framing, and digest credentials. */
const FRAME_BYTES = 800;

/** The message was not sent. */
export class MessageTooLong extends Error {
  constructor(bytes: number) {
    super(`a message of ${bytes} bytes is too long for drachtio, which takes ${MESSAGE_BYTES_MAX}`);
  }
}

/** Makes `wp.send` throw `MessageTooLong` rather than send a message that would cost the connection. */
export function limitMessages(wp: Agent['wp']): void {
  const send = wp.send.bind(wp);
  wp.send = (socket, message) => {
    const bytes = Buffer.byteLength(message);
    if (bytes > MESSAGE_BYTES_MAX) throw new MessageTooLong(bytes);
    return send(socket, message);
  };
}

/** Throws INVALID_JOB for an INVITE that would be too long to be sent. */
export function assertInviteFits(
  headers: Readonly<Record<string, string>>,
  uri: string,
  offer: string,
): void {
  const lines = Object.entries(headers).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(`${name}: ${value}\r\n`),
    0,
  );
  const spare = MESSAGE_BYTES_MAX - FRAME_BYTES - 2 * Buffer.byteLength(uri) - Buffer.byteLength(offer);
  if (lines <= spare) return;
  const message = `make ${lines} bytes with our own; ${Math.max(0, spare)} are left for them in the INVITE`;
  throw new OutdialError('INVALID_JOB', `headers: ${message}`, { issues: [{ path: 'headers', message }] });
}
