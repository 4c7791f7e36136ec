import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import type { Logger } from 'pino';
import { bareHost, hostOf } from '../addresses.js';
import { withTimeout } from '../async/with-timeout.js';
import type { TelephonyConfiguration, Trunk } from '../configuration.js';
import { requestAuthenticated } from '../drachtio/authenticated-request.js';
import { DrachtioServer } from '../drachtio/drachtio-server.js';
import type { SipResponse } from '../drachtio/srf-types.js';
import { HostCheck } from '../sip/host-check.js';
import { trunkRequest } from '../sip/trunk-request.js';
import { connectTo } from './connect-to.js';
import { isPrivateAddress } from './private-address.js';

/** A step of a probe that failed: what was found. */
export interface TrunkProblem {
  problem: string;
}

/** What was found out about one trunk, without calling anybody. */
export interface TrunkProbe {
  trunk: string;
  /** IP addresses of its host; empty where only SRV or NAPTR records lead to it. */
  name: readonly string[] | TrunkProblem;
  /** Whether all of its addresses are reached over the internet. */
  isPublic: boolean;
  /** Over TCP or TLS from this machine; null for UDP, or where SRV records choose the port. */
  connection: 'connected' | TrunkProblem | null;
  /** The answer to OPTIONS (RFC 3261, section 11), sent by drachtio. Any answer shows that the trunk is there. */
  options: { status: number; reason: string; allow: string | null } | TrunkProblem;
  /** Whether it accepted the credentials; null: it has none, or did not ask for them. */
  credentials: 'accepted' | TrunkProblem | null;
  /** Where the trunk is told to send its requests: drachtio's own address. A problem where it cannot reach that. */
  contact: string | TrunkProblem | null;
}

const ANSWER_WITHIN_MS = 6000;

/** Looks at every trunk of a configuration through its first drachtio server that answers. Rejects when none does. */
export async function probeTrunks(
  configuration: TelephonyConfiguration,
  logger: Logger,
): Promise<TrunkProbe[]> {
  if (configuration.trunks.length === 0) return [];
  const drachtio = await anyDrachtio(configuration, logger);
  try {
    return await Promise.all(configuration.trunks.map((trunk) => probeTrunk(trunk, drachtio)));
  } finally {
    drachtio.close();
  }
}

async function anyDrachtio(configuration: TelephonyConfiguration, logger: Logger): Promise<DrachtioServer> {
  const servers = configuration.drachtio.map((server) => new DrachtioServer(server, 1000, logger));
  const up = Promise.race(
    servers.map((server) => new Promise<DrachtioServer>((resolve) => server.start(() => resolve(server)))),
  );
  const first = await withTimeout(up, ANSWER_WITHIN_MS, 'drachtio').catch(() => null);
  for (const server of servers) if (server !== first) server.close();
  if (first === null) throw new Error('no drachtio server answers');
  return first;
}

async function probeTrunk(trunk: Trunk, drachtio: DrachtioServer): Promise<TrunkProbe> {
  const name = await resolve(trunk);
  const unreached = { isPublic: false, connection: null, credentials: null, contact: null } as const;
  if ('problem' in name) return { trunk: trunk.name, name, options: { problem: 'not sent' }, ...unreached };
  const [connection, answer] = await Promise.all([connectTo(trunk), askOptions(trunk, drachtio)]);
  const isPublic = name.length > 0 && name.every((address) => !isPrivateAddress(address));
  return {
    trunk: trunk.name,
    name,
    isPublic,
    connection,
    ...answer,
    contact: checkContact(answer.contact, isPublic),
  };
}

async function resolve({ address, transport }: Trunk): Promise<readonly string[] | TrunkProblem> {
  const host = bareHost(hostOf(address));
  try {
    await new HostCheck().assertResolvable(address, transport);
  } catch (error) {
    return { problem: (error as Error).message };
  }
  const addresses = await lookup(host, { all: true }).catch(() => []);
  return addresses.map((found) => found.address);
}

type OptionsAnswer = Pick<TrunkProbe, 'options' | 'credentials'> & { contact: string | null };

async function askOptions(trunk: Trunk, drachtio: DrachtioServer): Promise<OptionsAnswer> {
  try {
    const asked = await withTimeout(send('OPTIONS', trunk, drachtio, null), ANSWER_WITHIN_MS, 'OPTIONS');
    const contact = [asked.req.msg.headers.via ?? ''].flat()[0]?.split(/[\s;]+/)[1] ?? null;
    if (!asked.source_address) {
      const problem =
        asked.status === 408 ? 'no answer' : `could not be sent (${asked.status} ${asked.reason})`;
      return { options: { problem }, credentials: null, contact };
    }
    const { status, reason, msg } = asked;
    const allow = [msg.headers.allow ?? []].flat().join(', ') || null;
    return {
      options: { status, reason, allow },
      credentials: await tryCredentials(trunk, drachtio, status),
      contact,
    };
  } catch (error) {
    return { options: { problem: (error as Error).message }, credentials: null, contact: null };
  }
}

/** By a REGISTER without a Contact, which changes nothing (RFC 3261, section 10.2.3), where the trunk asks for registration. */
async function tryCredentials(
  trunk: Trunk,
  drachtio: DrachtioServer,
  optionsStatus: number,
): Promise<TrunkProbe['credentials']> {
  const isAsked = optionsStatus === 401 || optionsStatus === 407;
  if (trunk.credentials === undefined)
    return isAsked ? { problem: 'it asks for credentials, and none are configured' } : null;
  if (!isAsked && trunk.register === undefined) return null;
  const method = trunk.register === undefined ? 'OPTIONS' : 'REGISTER';
  try {
    const { status, reason } = await withTimeout(
      send(method, trunk, drachtio, trunk.credentials),
      ANSWER_WITHIN_MS,
      method,
    );
    const isRefused = status === 401 || status === 403 || status === 407;
    return isRefused
      ? { problem: `it refused them: ${method} was answered with ${status} ${reason}` }
      : 'accepted';
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function send(
  method: 'OPTIONS' | 'REGISTER',
  trunk: Trunk,
  drachtio: DrachtioServer,
  credentials: Trunk['credentials'] | null,
): Promise<SipResponse> {
  const request = trunkRequest(method, trunk, { callId: randomUUID(), cseq: 1 });
  return requestAuthenticated(drachtio, request, credentials ?? null);
}

/** A public trunk cannot send requests to a private address: calls would end without anybody being told. */
function checkContact(contact: string | null, isTrunkPublic: boolean): TrunkProbe['contact'] {
  if (contact === null || !isTrunkPublic || !isPrivateAddress(bareHost(hostOf(contact)))) return contact;
  return { problem: `drachtio gives the private address ${contact} to a public trunk` };
}
