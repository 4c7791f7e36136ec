import { OutdialError } from '@outdial/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Sessions } from '../board/sessions.js';
import type { ApiKey } from '../keys/api-key.js';
import type { ApiKeys } from '../keys/api-keys.js';

/** Lets a request to a route with a scope through only with a key, or a session by a key, that has it. */
export function authorize(
  app: FastifyInstance,
  { keys, sessions }: { keys: ApiKeys; sessions: Sessions },
): void {
  app.decorateRequest('caller', null);
  app.decorateRequest('target', '');
  app.addHook('onRequest', async (request) => {
    const { notes } = request.routeOptions.config;
    // An address that there is not is told only to those who have a key.
    if (notes?.scope === null) return;
    const caller = await (sessions.isFor(request) ? sessions.use(request) : keys.use(keyOf(request)));
    request.caller = caller;
    const scope = notes?.scope;
    if (scope !== undefined && scope !== 'any' && !hasScope(caller, scope))
      throw new OutdialError('FORBIDDEN', `this needs a key with the scope ${scope}`);
  });
}

/** Whether a key may do something. */
export function hasScope({ scopes }: ApiKey, scope: ApiKey['scopes'][number]): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}

/** The key's text of `Authorization: Bearer`, or of `Basic`, as the password. Throws `UNAUTHORIZED`. */
function keyOf({ headers }: FastifyRequest): string {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(headers.authorization ?? '') ?? [];
  if (/^bearer$/i.test(scheme)) return value;
  if (/^basic$/i.test(scheme)) {
    const pair = Buffer.from(value, 'base64').toString('utf8');
    return pair.slice(pair.indexOf(':') + 1);
  }
  throw new OutdialError('UNAUTHORIZED', 'an API key is needed: Authorization: Bearer KEY');
}

/** Whether a key is for a lane. */
export function isForLane({ lanes }: ApiKey, lane: string): boolean {
  return lanes === null || lanes.includes(lane);
}

/** Whose request it is. To be called on routes that need a key. */
export function callerOf({ caller }: FastifyRequest): ApiKey {
  if (caller === null) throw new TypeError('the route needs no key');
  return caller;
}

/** Throws `FORBIDDEN` for a lane that the caller's key is not for. */
export function checkLaneOf(request: FastifyRequest, lane: string): void {
  if (!isForLane(callerOf(request), lane))
    throw new OutdialError('FORBIDDEN', `this API key is not for the lane ${lane}`);
}

/** Throws `FORBIDDEN` for a key that is confined to lanes, where a request is about all of them. */
export function checkAllLanes(request: FastifyRequest): void {
  if (callerOf(request).lanes !== null)
    throw new OutdialError(
      'FORBIDDEN',
      'this API key is confined to its lanes, and the request is about all',
    );
}
