/** The lab's servers in a process of their own; each can be killed and restarted. */
import { startLab } from '@outdial/lab';
import { serve } from './serve.mjs';

/** @type {Awaited<ReturnType<typeof startLab>>} */
let lab;

/** @param {string} address @param {string} secret */
function toServerAddress(address, secret) {
  const [host, port] = address.split(':');
  return { host, port: Number(port), secret };
}

serve({
  start: async () => {
    lab = await startLab();
    const { drachtio, freeswitch, secrets } = lab;
    return {
      drachtio: toServerAddress(drachtio, secrets.drachtio),
      freeswitch: toServerAddress(freeswitch, secrets.freeswitch),
    };
  },
  /** @param {'drachtio' | 'freeswitch'} server */
  kill: (server) => lab.servers[server].kill(),
  /**
   * Answers with the moment from which it may dial again.
   * @param {'drachtio' | 'freeswitch'} server
   */
  restart: async (server) => {
    const startedAtMs = Date.now();
    await lab.servers[server].restart();
    return startedAtMs;
  },
});
