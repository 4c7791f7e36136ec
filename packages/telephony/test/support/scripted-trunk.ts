import { createSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';

/** A request as it came over the wire. */
export interface SeenRequest {
  method: string;
  uri: string;
  text: string;
  /** The value of its first header of that name. */
  header(name: string): string | undefined;
}

/** What is sent back: a status line's rest and more header lines; null: nothing. */
export type Reply = { status: string; lines?: readonly string[] } | null;

export interface ScriptedTrunk {
  host: string;
  port: number;
  address: string;
  /** Each request once, however often it was repeated; without ACKs. */
  readonly requests: SeenRequest[];
  /** Resolves with the nth request of that method, past ones included. */
  nth(method: string, n: number): Promise<SeenRequest>;
  close(): Promise<void>;
}

/** A trunk on UDP that answers each request as it is told to. */
export async function startScriptedTrunk(
  answer: (request: SeenRequest, index: number) => Reply | readonly Reply[],
): Promise<ScriptedTrunk> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const requests: SeenRequest[] = [];
  const arrived = new EventEmitter();
  const branches = new Set<string>();

  socket.on('message', (data, peer) => {
    const request = parse(data.toString());
    const branch = `${request.method} ${request.header('Via')}`;
    if (request.method === 'ACK' || branches.has(branch)) return;
    branches.add(branch);
    const replies = [answer(request, requests.length)].flat();
    requests.push(request);
    for (const reply of replies) {
      if (reply !== null) socket.send(responseTo(request, reply), peer.port, peer.address);
    }
    arrived.emit('request');
  });

  return {
    host: '127.0.0.1',
    port,
    address: `127.0.0.1:${port}`,
    requests,
    async nth(method, n) {
      while (true) {
        const found = requests.filter((request) => request.method === method)[n - 1];
        if (found !== undefined) return found;
        await once(arrived, 'request');
      }
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function parse(text: string): SeenRequest {
  const [method = '', uri = ''] = text.split(' ');
  const head = text.split('\r\n\r\n')[0] ?? '';
  return {
    method,
    uri,
    text,
    header: (name) =>
      head
        .split('\r\n')
        .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
        ?.slice(name.length + 1)
        .trim(),
  };
}

function responseTo(request: SeenRequest, { status, lines = [] }: NonNullable<Reply>): string {
  const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => {
    const value = request.header(name) ?? '';
    return `${name}: ${name === 'To' && !value.includes('tag=') ? `${value};tag=trunk` : value}`;
  });
  return [`SIP/2.0 ${status}`, ...copied, ...lines, 'Content-Length: 0', '', ''].join('\r\n');
}
