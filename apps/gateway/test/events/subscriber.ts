import { once } from 'node:events';
import { request } from 'node:http';
import type { OutdialGateway } from '../../src/gateway.js';
import type { useGateway } from '../support.js';

/** An event as a subscriber got it. */
interface Told {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

/** Subscribes to a gateway's events; the function answers a subscriber, and what it was sent. */
export function subscriberOf(gateways: ReturnType<typeof useGateway>) {
  return async (gateway: OutdialGateway, query = '', headers: Record<string, string> = {}) => {
    const key = headers.authorization === undefined ? await gateways.keyFor(gateway) : null;
    const asked = request(`${gateway.url}/v1/events${query}`, {
      headers: { ...(key !== null && { authorization: `Bearer ${key}` }), ...headers },
    });
    asked.on('error', () => undefined);
    asked.end();
    const [response] = await once(asked, 'response');
    const events: Told[] = [];
    const ended = new Promise<void>((resolve) => response.once('close', resolve));
    let text = '';
    response.setEncoding('utf8');
    // The gateway may end the connection, or the test.
    response.on('error', () => undefined);
    response.on('data', (chunk: string) => {
      const frames = (text + chunk).split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) {
        const [, id = '', type = '', data = ''] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(frame) ?? [];
        if (data !== '') events.push({ id, type, data: JSON.parse(data) });
      }
    });
    gateways.onEnd(async () => asked.destroy());
    return { response, events, ended, jobs: () => events.map(({ data }) => data.jobId) };
  };
}
