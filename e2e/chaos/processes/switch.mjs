/** The lab's switch in a process of its own, each of its servers to be killed and brought back. */
import { startLab } from '@outdial/lab';
import { serve } from './serve.mjs';

/** @type {Awaited<ReturnType<typeof startLab>>} */
let lab;

/** @param {string} address @param {string} secret */
function toEngineAddress(address, secret) {
  const [host, port] = address.split(':');
  return { host, port: Number(port), secret };
}

serve({
  start: async () => {
    lab = await startLab();
    const { drachtio, freeswitch, secrets } = lab;
    return {
      drachtio: toEngineAddress(drachtio, secrets.drachtio),
      freeswitch: toEngineAddress(freeswitch, secrets.freeswitch),
    };
  },
  /** @param {'drachtio' | 'freeswitch'} engine */
  kill: (engine) => lab.engines[engine].kill(),
  /**
   * Answers with the moment from which it may dial again.
   * @param {'drachtio' | 'freeswitch'} engine
   */
  restart: async (engine) => {
    const startedAtMs = Date.now();
    await lab.engines[engine].restart();
    return startedAtMs;
  },
});
