import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

/** A message of a webhook, as it came. */
export interface TakenMessage {
  /** `webhook-id`. */
  id: string;
  path: string;
  jobId: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A program that is called by webhooks, keeps what it is told, and answers with `status`. */
export async function startReceiver() {
  const taken: TakenMessage[] = [];
  const answer = { status: 204, body: '' };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { data } = JSON.parse(body) as { data: { jobId: string } };
    const { headers, url: path = '' } = request;
    taken.push({ id: String(headers['webhook-id']), path, jobId: data.jobId, headers, body });
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    taken,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** How it answers from now on. */
    answers(status: number, body = ''): void {
      Object.assign(answer, { status, body });
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whether a message was signed by a secret, as a receiver verifies it. */
export function isSignedBy(secret: string, message: TakenMessage | undefined): boolean {
  if (message === undefined) return false;
  try {
    new Webhook(secret).verify(message.body, message.headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
