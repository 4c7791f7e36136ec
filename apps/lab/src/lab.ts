import { Callees, type CalleesOptions } from './callees/callees.js';
import { DrachtioSwitch } from './drachtio/index.js';
import { FreeSwitch } from './freeswitch/index.js';
import type { SipLog } from './sip/index.js';

export interface LabOptions {
  /** Where everything listens; default 127.0.0.1. */
  host?: string;
  /** The drachtio admin port; default 0: a free one. */
  drachtioPort?: number;
  /** Default `cymru`, as drachtio-server's own. */
  drachtioSecret?: string;
  /** Default 0: a free one. */
  eventSocketPort?: number;
  /** Default `ClueCon`, as FreeSWITCH's own. */
  eventSocketPassword?: string;
  /** The callees' SIP port, UDP and TCP; default 0: a free one. */
  calleesPort?: number;
  /** Where the callee `plays` finds its WAV files. */
  recordingsDir?: string;
  /** Where FreeSWITCH finds sounds without an absolute path; default the working directory. */
  soundsDir?: string;
  /** Where the callees' log is appended, as JSON lines. */
  logFile?: string;
  /** Told of what was survived: malformed messages, transport errors, faults of callees. */
  onProblem?: (what: string) => void;
}

/** One of the two servers of the switch, to be taken away and brought back. */
export interface Engine {
  /** As SIGKILL does: connections are cut, calls forgotten, and nobody is told. */
  kill(): Promise<void>;
  /** Comes back at the same address, remembering nothing; kills first what still runs. */
  restart(): Promise<void>;
}

/** A telephone network: a switch (drachtio-server and FreeSWITCH, to their clients) and callees to ring. */
export interface Lab {
  /** `host:port` of the drachtio admin protocol. */
  readonly drachtio: string;
  /** `host:port` of FreeSWITCH's event socket. */
  readonly freeswitch: string;
  /** `host:port` of the callees' SIP. */
  readonly callees: string;
  readonly secrets: { readonly drachtio: string; readonly freeswitch: string };
  /** Every request and final response, as the callees saw them. */
  readonly log: SipLog;
  readonly engines: { readonly drachtio: Engine; readonly freeswitch: Engine };
  /** Calls that ring or are up at the callees. */
  callCount(): number;
  stop(): Promise<void>;
}

/** The callees alone: the far end for real servers. Rejects with the socket's error when the port is taken. */
export function startCallees(options: CalleesOptions = {}): Promise<Callees> {
  return Callees.start(options);
}

/** The whole network. Rejects with the socket's error when a port is taken, with nothing left running. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { host = '127.0.0.1', drachtioSecret = 'cymru', eventSocketPassword = 'ClueCon' } = options;
  const { onProblem = () => {}, soundsDir = process.cwd() } = options;
  const stops: Array<() => Promise<void>> = [];
  const stop = async (): Promise<void> => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart();
  };

  try {
    const callees = await startCallees({
      host,
      port: options.calleesPort ?? 0,
      recordingsDir: options.recordingsDir,
      logFile: options.logFile,
      onProblem,
    });
    stops.push(() => callees.stop());

    const drachtio = await RestartableDrachtio.start({
      host,
      port: options.drachtioPort ?? 0,
      secret: drachtioSecret,
      onProblem,
    });
    stops.push(() => drachtio.stop());

    const freeswitch = await FreeSwitch.start({
      host,
      eventSocketPort: options.eventSocketPort ?? 0,
      password: eventSocketPassword,
      soundsDirectory: soundsDir,
    });
    stops.push(() => freeswitch.stop());

    return {
      drachtio: hostPort(drachtio.address),
      freeswitch: hostPort(freeswitch.eventSocketAddress),
      callees: callees.sipAddress,
      secrets: { drachtio: drachtioSecret, freeswitch: eventSocketPassword },
      log: callees.log,
      engines: { drachtio, freeswitch },
      callCount: () => callees.callCount,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type DrachtioOptions = Parameters<typeof DrachtioSwitch.start>[0];

/** A drachtio server that can be killed and started again where it was. */
class RestartableDrachtio implements Engine {
  readonly address: { readonly host: string; readonly port: number };
  readonly #options: DrachtioOptions;
  #running: DrachtioSwitch | null;

  private constructor(options: DrachtioOptions, running: DrachtioSwitch) {
    this.address = running.address;
    this.#options = { ...options, port: running.address.port, sipPort: running.sipAddress.port };
    this.#running = running;
  }

  static async start(options: DrachtioOptions): Promise<RestartableDrachtio> {
    return new RestartableDrachtio(options, await DrachtioSwitch.start(options));
  }

  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.kill();
  }

  async restart(): Promise<void> {
    await this.kill();
    this.#running = await DrachtioSwitch.start(this.#options);
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.stop();
  }
}

function hostPort({ host, port }: { host: string; port: number }): string {
  return `${host}:${port}`;
}
