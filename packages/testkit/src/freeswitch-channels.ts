import { once } from 'node:events';
import { connect } from 'node:net';
import type { ServerAddress } from './servers.js';

/** The uuids of the channels that a FreeSWITCH has, idle endpoints of workers that live included. */
export async function channelsOf({ host, port, secret }: ServerAddress): Promise<string[]> {
  const socket = connect({ host, port }).setEncoding('utf8');
  let received = '';
  socket.on('data', (text: string) => {
    received += text;
  });
  // Everything may be sent at once: it is answered in order, and the connection is closed after the last.
  socket.write(`auth ${secret}\n\napi show channels as json\n\nexit\n\n`);
  await once(socket, 'close');
  const json = /\{"row_count":.*\}/s.exec(received)?.[0];
  if (json === undefined) throw new Error(`FreeSWITCH does not tell its channels: ${received}`);
  const { rows = [] } = JSON.parse(json) as { rows?: Array<{ uuid: string }> };
  return rows.map(({ uuid }) => uuid);
}
