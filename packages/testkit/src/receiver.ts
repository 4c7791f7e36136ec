import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

/** A request that a receiver got. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** `webhook-id`, which only webhooks send. */
  id: string;
  /** The body, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape
  message: any;
}

/** Answers a request; the default is 204. */
export type Behaviour = (received: Received, response: ServerResponse) => void;

/** A server that gets requests with a body of JSON, as those of webhooks are, and keeps all that it got. */
export async function startReceiver(behave: Behaviour = (_, response) => response.writeHead(204).end()) {
  const received: Received[] = [];
  let behaviour = behave;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { headers, url: path = '' } = request;
    const got = { path, headers, body, id: String(headers['webhook-id']), message: JSON.parse(body) };
    received.push(got);
    behaviour(got, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    received,
    url: `http://127.0.0.1:${port}/`,
    port,
    /** The calls that it was told of. */
    jobs: (): string[] => received.map(({ message }) => message.data.jobId),
    /** How it answers from now on. */
    behave(next: Behaviour): void {
      behaviour = next;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** Whether a message was signed by a secret, as a receiver verifies it. */
export function isSignedBy(secret: string, { body, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
