import type { FastifyReply } from 'fastify';

/** Aborted once nobody waits for an answer any more: it was sent, or the client has closed its connection or stream. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
