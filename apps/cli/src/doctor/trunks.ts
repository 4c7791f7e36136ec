import { createLogger } from '@outdial/service';
import { probeTrunks, type TrunkProbe, type TrunkProblem, type WorkerConfiguration } from '@outdial/worker';
import { type Check, failed, passed, warned } from './check.js';

type Telephony = WorkerConfiguration['telephony'];

/** Checks each trunk without calling anybody: its name, connection, answer to OPTIONS, credentials and our address. */
export async function checkTrunks(telephony: Telephony): Promise<TrunkChecks> {
  try {
    const probes = await probeTrunks(telephony, createLogger('silent'));
    return {
      checks: probes.flatMap((probe) => checksOf(probe, telephony)),
      publicTrunks: probes.filter(({ isPublic }) => isPublic).map(({ trunk }) => trunk),
    };
  } catch (error) {
    const remedy = 'see the checks of drachtio above: trunks are asked through it';
    return {
      checks: [failed('trunks', `not checked: ${(error as Error).message}`, remedy)],
      publicTrunks: [],
    };
  }
}

export interface TrunkChecks {
  checks: Check[];
  /** Names of the trunks that are reached over the internet. */
  publicTrunks: string[];
}

function checksOf(probe: TrunkProbe, telephony: Telephony): Check[] {
  const check = `trunk ${probe.trunk}`;
  const { name } = probe;
  if (isProblem(name))
    return [failed(`${check} name`, name.problem, 'correct its "address" in the configuration')];
  return [
    passed(
      `${check} name`,
      name.length === 0 ? 'has SRV or NAPTR records' : `has the address ${name.join(', ')}`,
    ),
    ...checkConnection(check, probe.connection),
    checkOptions(check, probe.options),
    ...checkCredentials(check, probe.credentials),
    ...checkContact(check, probe.contact),
    checkCallers(check, probe, telephony),
    ...checkSrtp(check, probe, telephony),
  ];
}

function checkConnection(check: string, connection: TrunkProbe['connection']): Check[] {
  if (connection === null) return [];
  if (!isProblem(connection)) return [passed(`${check} connection`, 'can be connected to from this machine')];
  const remedy =
    'open the way to it in firewalls; for TLS its certificate must be valid for the name in "address" and its issuer known';
  return [failed(`${check} connection`, connection.problem, remedy)];
}

function checkOptions(check: string, options: TrunkProbe['options']): Check {
  if (!isProblem(options))
    return passed(`${check} OPTIONS`, `answers ${options.status} ${options.reason}`.trim());
  const remedy =
    'ask the carrier whether it answers OPTIONS from this address; check transport, port, firewall, and its list of allowed addresses';
  return failed(`${check} OPTIONS`, options.problem, remedy);
}

function checkCredentials(check: string, credentials: TrunkProbe['credentials']): Check[] {
  if (credentials === null) return [];
  if (!isProblem(credentials)) return [passed(`${check} credentials`, 'are accepted')];
  const remedy = 'correct "credentials" of the trunk; some carriers want the account in "fromDomain" as well';
  return [failed(`${check} credentials`, credentials.problem, remedy)];
}

function checkContact(check: string, contact: TrunkProbe['contact']): Check[] {
  if (contact === null) return [];
  if (!isProblem(contact)) return [passed(`${check} our address`, `the trunk is given ${contact}`)];
  const remedy =
    'start drachtio with --external-ip, and FreeSWITCH with ext-rtp-ip in its profile (docs/trunks.md)';
  return [failed(`${check} our address`, contact.problem, remedy)];
}

function checkCallers(
  check: string,
  { trunk: name }: TrunkProbe,
  { trunks, defaultCodecs }: Telephony,
): Check {
  const callerIds = trunks.find((trunk) => trunk.name === name)?.callerIds ?? 'any';
  const callers = callerIds === 'any' ? 'any' : callerIds.join(', ');
  return passed(`${check} calls`, `caller ids: ${callers}; codecs: ${defaultCodecs}`);
}

/** Keys that anybody can read protect from nobody (RFC 4568 section 7). */
function checkSrtp(check: string, { trunk: name }: TrunkProbe, { trunks, media }: Telephony): Check[] {
  const trunk = trunks.find((candidate) => candidate.name === name);
  if (trunk === undefined || trunk.srtp === 'off') return [];
  if (media === 'freeswitch')
    return [
      warned(
        `${check} SRTP`,
        'is not offered, because FreeSWITCH makes the media',
        'set telephony.media to auto or worker',
      ),
    ];
  if (trunk.transport === 'tls') return [passed(`${check} SRTP`, `is ${trunk.srtp}; its keys go over TLS`)];
  return [
    warned(
      `${check} SRTP`,
      `is ${trunk.srtp}, and its keys go unencrypted over ${trunk.transport.toUpperCase()}: who can listen to the audio can read them`,
      'set "transport" of the trunk to tls',
    ),
  ];
}

function isProblem<T>(found: T | TrunkProblem): found is TrunkProblem {
  return typeof found === 'object' && found !== null && 'problem' in found;
}
