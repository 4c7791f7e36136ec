import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AddressGuard } from './public-address.js';

/** How a receiver answered, or why it did not. */
export interface Answer {
  /** The HTTP status; null: there was no answer. */
  status: number | null;
  /** Null: it was delivered. */
  error: string | null;
  /** Milliseconds. */
  tookMs: number;
  /** How long it asks to be left alone, by `Retry-After`, in milliseconds. */
  retryAfterMs: number | null;
}

/** What is told of a refusal: enough to see why. */
const EXCERPT_LENGTH = 300;
const READ_BYTES = 16_384;

// A connection each: the address is checked whenever one is made, and none is found closed by the other side.
const agents = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };

/**
 * Posts a message. It resolves in any case: 2xx is a delivery, and a redirect is an answer like any other, because its target was
 * not agreed to. Rejects only when `signal` is aborted.
 */
export async function send(
  url: URL,
  {
    headers,
    body,
    guard,
    timeoutMs,
    signal,
  }: {
    headers: Record<string, string>;
    body: string;
    guard: AddressGuard;
    timeoutMs: number;
    signal: AbortSignal;
  },
): Promise<Answer> {
  const startedAt = performance.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  const done = (answer: Omit<Answer, 'tookMs'>): Answer => ({
    ...answer,
    tookMs: Math.round(performance.now() - startedAt),
  });
  try {
    guard.checkHost(url);
    const response = await post(url, { headers, body, guard, signal: AbortSignal.any([timeout, signal]) });
    const { statusCode: status = 0 } = response;
    const excerpt = await readExcerpt(response);
    const isDelivered = status >= 200 && status < 300;
    const said = excerpt === '' ? '' : `: ${excerpt}`;
    return done({
      status,
      error: isDelivered ? null : `answered ${status}${said}`,
      retryAfterMs: retryAfterMs(response),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const error_ = timeout.aborted
      ? `no answer in ${timeoutMs} ms`
      : (error as Error).message || String(error);
    return done({ status: null, error: error_, retryAfterMs: null });
  }
}

function post(
  url: URL,
  {
    headers,
    body,
    guard,
    signal,
  }: {
    headers: Record<string, string>;
    body: string;
    guard: AddressGuard;
    signal: AbortSignal;
  },
): Promise<IncomingMessage> {
  const isClear = url.protocol === 'http:';
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      headers: { ...headers, 'content-length': bytes.length },
      lookup: guard.lookup({ isClear }),
      signal,
    };
    const request = isClear
      ? httpRequest(url, { ...options, agent: agents.http }, resolve)
      : httpsRequest(url, { ...options, agent: agents.https }, resolve);
    request.once('error', reject);
    request.end(bytes);
  });
}

/** The start of what was answered. How it ends makes no difference. */
async function readExcerpt(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > READ_BYTES) break;
    }
  } catch {
    // It was cut off; the status was told.
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, EXCERPT_LENGTH);
}

function retryAfterMs({ headers }: IncomingMessage): number | null {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
