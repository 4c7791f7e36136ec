import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { WorkerConfiguration } from '@outdial/worker';
import { type Check, inOrder, wrong } from './check.js';

type FreeswitchServer = WorkerConfiguration['telephony']['freeswitch'][number];

/** What of drachtio-modesl is used here; it has no types. */
interface EventSocket extends EventEmitter {
  closing: boolean;
  api(command: string, callback: (reply: { getBody(): string }) => void): void;
  readonly socket: { destroy(): void } | null;
}

const { Connection } = createRequire(import.meta.url)('drachtio-modesl') as {
  Connection: new (host: string, port: number, secret: string) => EventSocket;
};
const ANSWER_WITHIN_MS = 3000;

/** Whether a FreeSWITCH's event socket answers and takes our secret, and what calls need is loaded there. */
export async function checkFreeswitch({ host, port, secret, profile }: FreeswitchServer): Promise<Check[]> {
  const check = `FreeSWITCH ${host}:${port}`;
  const connection = new Connection(host, port, secret);
  // One attempt: otherwise it would go on trying after we are gone.
  connection.closing = true;
  try {
    await ready(connection);
    const [sofia, audioFork] = await Promise.all([
      ask(connection, 'sofia status'),
      ask(connection, 'module_exists mod_audio_fork'),
    ]);
    return [
      inOrder(check, 'its event socket answers'),
      checkProfile(check, profile, sofia),
      checkAudioFork(check, audioFork),
    ];
  } catch (error) {
    return [unreachable(check, (error as Error).message)];
  } finally {
    connection.socket?.destroy();
  }
}

function checkProfile(check: string, profile: string, sofiaStatus: string): Check {
  const line = sofiaStatus.split('\n').find((candidate) => candidate.trim().split(/\s+/)[0] === profile);
  if (line?.includes('RUNNING')) return inOrder(`${check} profile`, `${profile} is running`);
  return wrong(
    `${check} profile`,
    line === undefined ? `it has no sofia profile ${profile}` : `the sofia profile ${profile} is not running`,
    `load the profile (fs_cli -x "sofia profile ${profile} start"), or name another as "profile" in the configuration`,
  );
}

function checkAudioFork(check: string, reply: string): Check {
  if (reply.trim() === 'true') return inOrder(`${check} mod_audio_fork`, 'is loaded');
  return wrong(
    `${check} mod_audio_fork`,
    'it is not loaded, so nobody can be heard and live speaker detection stays UNKNOWN',
    'use an image that has it (drachtio-freeswitch-mrf), or: fs_cli -x "load mod_audio_fork"',
  );
}

function unreachable(check: string, reason: string): Check {
  if (reason === REFUSED_SECRET) {
    return wrong(check, reason, 'the secret is the password in its event_socket.conf.xml');
  }
  if (reason === REFUSED_ADDRESS) {
    return wrong(check, reason, 'allow it by apply-inbound-acl in its event_socket.conf.xml');
  }
  return wrong(
    check,
    `no event socket answers (${reason})`,
    'start FreeSWITCH, and check its address in OUTDIAL_FREESWITCH (host:port:secret) or the configuration',
  );
}

const REFUSED_SECRET = 'it refuses the secret';
const REFUSED_ADDRESS = 'it refuses connections from this address';

function ready(connection: EventSocket): Promise<void> {
  return within((resolve, reject) => {
    connection.on('esl::ready', () => resolve(undefined));
    connection.on('esl::event::auth::fail', () => reject(new Error(REFUSED_SECRET)));
    connection.on('esl::event::raw::text/rude-rejection', () => reject(new Error(REFUSED_ADDRESS)));
    connection.on('error', (error: Error) => reject(error));
    connection.on('esl::end', () => reject(new Error('it closes the connection')));
  });
}

function ask(connection: EventSocket, command: string): Promise<string> {
  return within((resolve) => connection.api(command, (reply) => resolve(reply.getBody())));
}

function within<T>(work: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer in ${ANSWER_WITHIN_MS} ms`)),
      ANSWER_WITHIN_MS,
    );
    const settled =
      <Value>(settle: (value: Value) => void) =>
      (value: Value) => {
        clearTimeout(timer);
        settle(value);
      };
    work(settled(resolve), settled(reject));
  });
}
