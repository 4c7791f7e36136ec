import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { G711 } from '@outdial/lab/audio';
import getPort from 'get-port';
import { socketAt } from '../network/process-sockets.js';
import { parseSippLog, type SippMessage } from './sipp-log.js';

const SCENARIOS = fileURLToPath(new URL('../../scenarios/', import.meta.url));
/** The files of the scenarios, by name: each room holds those of one kind. */
const SCENARIO_FILES: ReadonlyMap<string, string> = new Map(
  readdirSync(SCENARIOS, { recursive: true, encoding: 'utf8' }).map((path) => [
    basename(path, '.xml'),
    join(SCENARIOS, path),
  ]),
);

/** The scenarios, each named as the behaviour that it plays; its file's first comment says more. */
export type SippScenario =
  | 'answers-after-cancel'
  | 'answers-and-speaks'
  | 'answers-at-once'
  | 'answers-crossing-cancel'
  | 'answers-then-moves-its-media'
  | 'challenges-407'
  | 'challenges-407-then-rings'
  | 'challenges-407-then-rings-then-answers'
  | 'challenges-407-twice'
  | 'challenges-the-bye'
  | 'chooses-one-of-two-codecs'
  | 'congestion-503-retry-after'
  | 'declines-603'
  | 'early-media-then-rejects-busy'
  | 'early-media-then-rings-then-answers'
  | 'forbidden-403'
  | 'hangs-up-before-verdict'
  | 'hangs-up-with-q850'
  | 'not-acceptable-488'
  | 'not-found-404'
  | 'reason-q850-overrides'
  | 'redirects-302'
  | 'rejects-busy-486'
  | 'rings-then-answers'
  | 'rings-then-answers-then-hangs-up'
  | 'rings-then-rejects-busy-486'
  | 'rings-until-cancelled'
  | 'silent'
  | 'unavailable-480';

export interface SippOptions {
  scenario: SippScenario;
  /** Ends after this many calls; default: serves until closed. */
  calls?: number;
  /** The SIP port; absent: a free one. */
  port?: number;
  /** The length of the scenario's pauses without one of their own, in milliseconds; default 300. */
  holdMs?: number;
  transport?: 'udp' | 'tcp';
  /** Sends RTP back to where it came from. */
  rtpEcho?: boolean;
  /** What `answers-and-speaks` says, over and over: 8 kHz samples. */
  speech?: Int16Array;
  /** Keywords of the scenario: `{contact: 'sip:...'}` for `redirects-302`. */
  keys?: Readonly<Record<string, string>>;
}

/** SIPp as a callee on 127.0.0.1. */
export interface Sipp {
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly port: number;
  /**
   * The callee's own record of the requests and responses that it received, in order, one entry a
   * transaction: a retransmission is counted in its entry.
   */
  log(): SippMessage[];
  /** The exit status; 0 only if every call went as the scenario says. */
  readonly finished: Promise<number | null>;
  /** Kills it and removes its log. */
  close(): Promise<void>;
}

/** Another process may take a port before SIPp binds it: attempts to start. */
const LAUNCHES = 5;

/** Starts SIPp and resolves once its sockets are open. */
export async function startSipp(options: SippOptions): Promise<Sipp> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launchSipp(options);
    } catch (error) {
      if (attempt === LAUNCHES || options.port !== undefined) throw error;
    }
  }
}

async function launchSipp(options: SippOptions): Promise<Sipp> {
  const { transport = 'udp' } = options;
  const dir = await mkdtemp(join(tmpdir(), 'outdial-sipp-'));
  const log = join(dir, 'messages.log');
  // SIPp takes no keyword for the name of this file.
  if (options.speech !== undefined)
    await writeFile(join(dir, 'audio.alaw'), G711.PCMA.encode(options.speech));
  const [freePort = 0, controlPort = 0, mediaPort = 0] = await freeUdpPorts(3);
  const port = options.port ?? (transport === 'udp' ? freePort : await getPort({ host: '127.0.0.1' }));
  const child = spawn('sipp', sippArguments(options, { port, controlPort, mediaPort, log }), {
    cwd: dir,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const close = async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await bound(child, [
      { transport, port },
      { transport: 'udp', port: controlPort },
    ]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    address: `127.0.0.1:${port}`,
    port,
    log: () => parseSippLog(readIfThere(log)),
    finished: exited,
    close,
  };
}

/** Different free ports, all held until each is known. */
async function freeUdpPorts(count: number): Promise<number[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4').bind(0, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'listening')));
  const ports = sockets.map((socket) => socket.address().port);
  await Promise.all(sockets.map((socket) => once(socket.close(), 'close')));
  return ports;
}

function sippArguments(
  { scenario, calls, holdMs = 300, transport = 'udp', rtpEcho = false, keys = {} }: SippOptions,
  at: { port: number; controlPort: number; mediaPort: number; log: string },
): string[] {
  return [
    ...['-sf', SCENARIO_FILES.get(scenario) ?? scenario, '-nostdin', '-skip_rlimit'],
    ...['-i', '127.0.0.1', '-p', String(at.port), '-t', transport === 'udp' ? 'u1' : 't1'],
    ...['-mi', '127.0.0.1', '-mp', String(at.mediaPort)],
    ...['-ci', '127.0.0.1', '-cp', String(at.controlPort)],
    ...['-d', String(holdMs), '-trace_msg', '-message_file', at.log],
    ...(calls === undefined ? [] : ['-m', String(calls)]),
    ...(rtpEcho ? ['-rtp_echo'] : []),
    ...Object.entries(keys).flatMap(([name, value]) => ['-key', name, value]),
  ];
}

/**
 * Waits until SIPp's sockets are open. SIPp does not report that, and a probing SIP message would count as a
 * call; so this reads the kernel's lists (Linux).
 */
async function bound(
  child: ChildProcess,
  sockets: ReadonlyArray<{ transport: 'udp' | 'tcp'; port: number }>,
): Promise<void> {
  let errorOutput = '';
  child.stderr?.on('data', (chunk) => {
    errorOutput = `${errorOutput}${chunk}`.slice(-500);
  });
  while (!sockets.every(({ transport, port }) => socketAt(transport, port)(child.pid))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`sipp ended before it was ready: ${errorOutput}`);
    await setTimeout(5);
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
