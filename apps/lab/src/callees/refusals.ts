import type { HeaderValues } from '../sip/index.js';
import { human } from './people.js';
import type { Script, Stage } from './script.js';

/** How long a network lets a telephone ring (compare timer C, RFC 3261, section 16.6). */
const RINGS_FOR_MS = 180_000;
const RING_MS = 400;

interface Refusal {
  status: number;
  rings?: boolean;
  headers?: (stage: Stage) => HeaderValues;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  busy: { status: 486 },
  rejects: { status: 603, rings: true },
  'not-found': { status: 404 },
  gone: { status: 410 },
  congestion: { status: 503, headers: () => ({ 'Retry-After': '5' }) },
  redirects: { status: 302, headers: ({ addressOf }) => ({ Contact: `<${addressOf('human')}>` }) },
  unavailable: { status: 480 },
  'not-acceptable': { status: 488 },
};

function refuse({ status, rings = false, headers }: Refusal): Script {
  return async (call, stage) => {
    if (rings) {
      call.ring();
      await call.wait(RING_MS);
    }
    call.reject(status, headers === undefined ? {} : { headers: headers(stage) });
  };
}

/** Callees that nobody gets to speak to (`challenge` until it sees the right credentials). */
export const REFUSING: Readonly<Record<string, Script>> = {
  ...Object.fromEntries(Object.entries(REFUSALS).map(([name, refusal]) => [name, refuse(refusal)])),

  challenge: async (call, stage) => {
    const { request } = call.invite;
    if (stage.credentials.isAuthorized(request)) return human(call, stage);
    // A wrong answer is not asked for again: that would make an endless loop of a mistyped password.
    if (request.headers.has('Proxy-Authorization')) return call.reject(403);
    call.reject(407, { headers: { 'Proxy-Authenticate': stage.credentials.challenge() } });
  },

  'no-answer': async (call) => {
    call.ring();
    await call.wait(RINGS_FOR_MS);
    call.reject(480);
  },
};
