import { isIP } from 'node:net';
import { hasTwoWayForks, isPrivateAddress, type WorkerConfiguration } from '@outdial/worker';
import { type Check, failed, passed } from './check.js';
import { ADDRESS_REJECTED, EventSocket, SECRET_REJECTED } from './event-socket.js';
import { checkPromptFiles } from './prompt-files.js';

type FreeswitchServer = WorkerConfiguration['telephony']['freeswitch'][number];

export interface FreeswitchDemands {
  /** The files that waiting jobs play. */
  promptFiles: readonly string[];
  /** Names of the trunks that are reached over the internet. */
  publicTrunks: readonly string[];
}

/**
 * Checks that the event socket of a FreeSWITCH answers and accepts the secret, that what calls need is loaded, and that
 * the files that jobs play exist there.
 */
export async function checkFreeswitch(
  server: FreeswitchServer,
  { promptFiles, publicTrunks }: FreeswitchDemands,
): Promise<Check[]> {
  const check = `FreeSWITCH ${server.host}:${server.port}`;
  let eventSocket: EventSocket;
  try {
    eventSocket = await EventSocket.open(server);
  } catch (error) {
    return [unreachable(check, (error as Error).message)];
  }
  try {
    return [
      passed(check, 'its event socket answers'),
      checkProfile(check, server.profile, await eventSocket.ask('sofia status')),
      ...checkRtpAddress(
        check,
        publicTrunks,
        await eventSocket.ask(`sofia status profile ${server.profile}`),
      ),
      checkAudioFork(
        check,
        await eventSocket.ask('module_exists mod_audio_fork'),
        await hasTwoWayForks((command) => eventSocket.ask(command)),
      ),
      await checkPromptFiles(check, promptFiles, eventSocket),
    ];
  } catch (error) {
    return [unreachable(check, (error as Error).message)];
  } finally {
    eventSocket.close();
  }
}

function checkProfile(check: string, profile: string, sofiaStatus: string): Check {
  const line = sofiaStatus.split('\n').find((candidate) => candidate.trim().split(/\s+/)[0] === profile);
  if (line?.includes('RUNNING')) return passed(`${check} profile`, `${profile} is running`);
  return failed(
    `${check} profile`,
    line === undefined ? `it has no sofia profile ${profile}` : `the sofia profile ${profile} is not running`,
    `load the profile (fs_cli -x "sofia profile ${profile} start"), or name another as "profile" in the configuration`,
  );
}

/** A public trunk cannot send audio to a private address: the callee would not be heard. */
function checkRtpAddress(check: string, publicTrunks: readonly string[], profileStatus: string): Check[] {
  const addressOf = (name: string) => new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(profileStatus)?.[1];
  const address = addressOf('Ext-RTP-IP') ?? addressOf('RTP-IP');
  if (address === undefined) return [];
  const isPrivate = isIP(address) !== 0 && isPrivateAddress(address);
  if (publicTrunks.length === 0 || !isPrivate)
    return [passed(`${check} RTP address`, `callees are told to send audio to ${address}`)];
  return [
    failed(
      `${check} RTP address`,
      `it gives the private address ${address} to the public trunks ${publicTrunks.join(', ')}`,
      'set ext-rtp-ip of its profile to an address that they can reach (docs/trunks.md)',
    ),
  ];
}

function checkAudioFork(check: string, reply: string, playsBack: boolean): Check {
  if (reply.trim() === 'true') {
    const bots = playsBack ? 'plays what voice bots say' : 'is too old for voice bots (docs/voice-bots.md)';
    return passed(`${check} mod_audio_fork`, `is loaded, and ${bots}`);
  }
  return failed(
    `${check} mod_audio_fork`,
    'it is not loaded, so there is no audio from callees and live speaker detection is always UNKNOWN',
    'use an image that has it (drachtio-freeswitch-mrf), or run: fs_cli -x "load mod_audio_fork"',
  );
}

function unreachable(check: string, reason: string): Check {
  if (reason === SECRET_REJECTED) {
    return failed(check, reason, 'set "secret" to the password in its event_socket.conf.xml');
  }
  if (reason === ADDRESS_REJECTED) {
    return failed(check, reason, 'allow this address with apply-inbound-acl in its event_socket.conf.xml');
  }
  return failed(
    check,
    `no event socket answers (${reason})`,
    'start FreeSWITCH, or correct its address in OUTDIAL_FREESWITCH (host:port:secret) or the configuration',
  );
}
