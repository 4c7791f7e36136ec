import type { Agent } from './srf-types.js';

/** Makes the messages of one turn of the event loop leave in one system call. */
export function gatherMessages(wp: Agent['wp']): void {
  const send = wp.send.bind(wp);
  wp.send = (socket, message) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    return send(socket, message);
  };
}
