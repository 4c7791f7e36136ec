import { access } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { isPrivateAddress, probeRtp, type WorkerConfiguration } from '@outdial/worker';
import { type Check, failed, passed } from './check.js';

const FILES_NAMED_MAX = 5;

/** Checks the addresses, ports and sounds of the worker's own media, as they are on this machine. */
export async function checkWorkerMedia(
  telephony: WorkerConfiguration['telephony'],
  { promptFiles, publicTrunks }: { promptFiles: readonly string[]; publicTrunks: readonly string[] },
): Promise<Check[]> {
  const { ports } = telephony.rtp;
  const { addresses, bindProblem, ephemeralOverlap } = await probeRtp(telephony);
  return [
    ...('problem' in addresses
      ? [failed('RTP address', addresses.problem, 'set telephony.rtp.advertisedAddress')]
      : [
          checkAddress(addresses.advertisedAddress, publicTrunks),
          checkBind(addresses.listenHost, bindProblem),
        ]),
    checkPorts(ports, ephemeralOverlap),
    await checkSounds(telephony.sounds.directory, promptFiles),
  ];
}

/** A public trunk cannot send audio to a private address: the callee would not be heard. */
function checkAddress(address: string, publicTrunks: readonly string[]): Check {
  if (publicTrunks.length === 0 || !isPrivateAddress(address))
    return passed('RTP address', `callees are told to send audio to ${address}`);
  return failed(
    'RTP address',
    `the private address ${address} is given to the public trunks ${publicTrunks.join(', ')}`,
    'set telephony.rtp.advertisedAddress to an address that they can reach',
  );
}

function checkBind(host: string, problem: string | null): Check {
  if (problem === null) return passed('RTP sockets', `can be bound to ${host}`);
  return failed(
    'RTP sockets',
    `cannot be bound: ${problem}`,
    'set telephony.rtp.listenHost to an address of this machine, or leave it out; widen telephony.rtp.ports',
  );
}

function checkPorts(
  [first, last]: readonly [number, number],
  overlap: readonly [number, number] | null,
): Check {
  if (overlap === null) return passed('RTP ports', `${first} to ${last}`);
  return failed(
    'RTP ports',
    `${first} to ${last} overlap ${overlap[0]} to ${overlap[1]}, which the system gives to other sockets`,
    'choose other telephony.rtp.ports, or narrow net.ipv4.ip_local_port_range (sysctl)',
  );
}

/** Which of the files that waiting jobs play the worker's own media is to play, and which FreeSWITCH. */
export function filesByMaker(
  { media, freeswitch, sounds: { directory } }: WorkerConfiguration['telephony'],
  files: readonly string[],
): { workers: string[]; others: string[] } {
  const isWorkers = (file: string) => {
    if (media !== 'auto' || freeswitch.length === 0) return media !== 'freeswitch';
    return directory !== undefined && isBelow(directory, file);
  };
  return { workers: files.filter(isWorkers), others: files.filter((file) => !isWorkers(file)) };
}

/** Checks that the files that waiting jobs play lie in the directory of sounds. */
async function checkSounds(directory: string | undefined, files: readonly string[]): Promise<Check> {
  if (files.length === 0) return passed('sounds', 'waiting jobs play no files');
  if (directory === undefined)
    return failed(
      'sounds',
      'waiting jobs play files, and none may be played',
      'set telephony.sounds.directory to the directory that holds them',
    );
  const playable = await Promise.all(files.map((file) => isIn(directory, file)));
  const missing = files.filter((_, index) => !playable[index]);
  if (missing.length === 0)
    return passed('sounds', `all ${files.length} files that waiting jobs play are in ${directory}`);
  const more = missing.length > FILES_NAMED_MAX ? ` and ${missing.length - FILES_NAMED_MAX} more` : '';
  return failed(
    'sounds',
    `waiting jobs play files that are not in ${directory}: ${missing.slice(0, FILES_NAMED_MAX).join(', ')}${more}`,
    'copy them into it, on the machine of every worker',
  );
}

async function isIn(directory: string, file: string): Promise<boolean> {
  if (!isBelow(directory, file)) return false;
  return access(resolve(directory, file)).then(
    () => true,
    () => false,
  );
}

function isBelow(directory: string, file: string): boolean {
  return !relative(directory, resolve(directory, file)).startsWith('..');
}
