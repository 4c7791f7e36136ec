import type { HeaderValues } from '../sip/index.js';
import { human } from './people.js';
import type { CalleeContext, Script } from './script.js';

/** How long a telephone rings (compare timer C, RFC 3261, section 16.6). */
const RINGS_FOR_MS = 180_000;
const RING_MS = 400;

interface Refusal {
  status: number;
  rings?: boolean;
  headers?: (context: CalleeContext) => HeaderValues;
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
  return async (call, context) => {
    if (rings) {
      call.ring();
      await call.wait(RING_MS);
    }
    call.reject(status, headers === undefined ? {} : { headers: headers(context) });
  };
}

/** Callees that do not answer (`challenge` does with the right credentials). */
export const REFUSING: Readonly<Record<string, Script>> = {
  ...Object.fromEntries(Object.entries(REFUSALS).map(([name, refusal]) => [name, refuse(refusal)])),

  challenge: async (call, context) => {
    const { request } = call.invite;
    if (context.credentials.isAuthorized(request)) return human(call, context);
    // Wrong credentials are not challenged again: a mistyped password would loop without end.
    if (request.headers.has('Proxy-Authorization')) return call.reject(403);
    call.reject(407, { headers: { 'Proxy-Authenticate': context.credentials.challenge() } });
  },

  'no-answer': async (call) => {
    call.ring();
    await call.wait(RINGS_FOR_MS);
    call.reject(480);
  },
};
