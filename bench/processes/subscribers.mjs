import { once } from 'node:events';
import { request } from 'node:http';
import { serve } from '../child.mjs';

/**
 * Many subscribers to a gateway's events. Every event has the moment at which it was added; how late it is, is when its bytes
 * have arrived here, on the same clock.
 */

/** @type {import('node:http').ClientRequest[]} */
const asked = [];
/** How many events came so many milliseconds late. @type {Map<number, number>} */
let late = new Map();
let events = 0;

serve({
  /** @param {{ url: string, key: string, subscribers: number }} options */
  async start({ url, key, subscribers }) {
    for (let n = 0; n < subscribers; n++) {
      const one = request(`${url}/v1/events`, {
        agent: false,
        headers: { authorization: `Bearer ${key}` },
      });
      one.end();
      asked.push(one);
      const [response] = await once(one, 'response');
      response.setEncoding('latin1');
      response.on('data', count);
    }
  },
  /** What came since it was asked last. */
  take() {
    const taken = { events, late: [...late].sort(([a], [b]) => a - b) };
    late = new Map();
    events = 0;
    return taken;
  },
  close() {
    for (const one of asked) one.destroy();
  },
});

/** @param {string} text */
function count(text) {
  const now = Date.now();
  for (let at = text.indexOf('"at":'); at >= 0; at = text.indexOf('"at":', at + 5)) {
    const ms = now - Number.parseInt(text.slice(at + 5, at + 18), 10);
    late.set(ms, (late.get(ms) ?? 0) + 1);
    events += 1;
  }
}
