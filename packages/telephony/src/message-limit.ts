import { OutdialError } from '@outdial/contract';
import type { Agent } from './srf-types.js';

/**
 * The longest message that drachtio-server is sent. It gathers what a client sends in a ring of 12,228 bytes, into
 * which it reads up to 8192 at a time (client.cpp): a longer message, among others, runs over its own beginning, and
 * drachtio then drops the client, with all calls of that connection.
 */
const MESSAGE_BYTES_MAX = 12_228 - 8192;
/** What an INVITE has besides our headers, address and offer: drachtio's own framing, and an answer to a challenge. */
const FRAME_BYTES = 800;

/** It was not sent. */
export class MessageTooLong extends Error {
  constructor(bytes: number) {
    super(`a message of ${bytes} bytes is too long for drachtio, which takes ${MESSAGE_BYTES_MAX}`);
  }
}

/** Throws `MessageTooLong`, in the place of sending it. Whoever sent it fails alone. */
export function limitMessages(wp: Agent['wp']): void {
  const send = wp.send.bind(wp);
  wp.send = (socket, message) => {
    const bytes = Buffer.byteLength(message);
    if (bytes > MESSAGE_BYTES_MAX) throw new MessageTooLong(bytes);
    return send(socket, message);
  };
}

/** Throws INVALID_JOB for an INVITE that could not be sent whatever the callee says to it. */
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
