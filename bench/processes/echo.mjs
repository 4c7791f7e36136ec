import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { serve } from '../child.mjs';

/** Sends each datagram back at once, and does nothing else: what two processes and the kernel take for that. */

const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });

serve({
  async start() {
    const listening = once(socket, 'listening');
    socket.bind(0, '127.0.0.1');
    await listening;
    socket.on('message', (packet, { port, address }) => socket.send(packet, port, address));
    return { port: socket.address().port };
  },
  close: () => socket.close(),
});
