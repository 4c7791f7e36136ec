import { Callees, type CalleesOptions } from './callees/callees.js';
import { DrachtioServer } from './drachtio/index.js';
import { FreeSwitch } from './freeswitch/index.js';
import { hostPort, type SipLog, type TransportTls } from './sip/index.js';

export interface LabOptions {
  /** The address that every port is bound to; default 127.0.0.1. */
  host?: string;
  /** The drachtio admin port; default 0: a free one. */
  drachtioPort?: number;
  /** A certificate with which drachtio speaks SIP over TLS as well; default: it does not. */
  drachtioTls?: TransportTls;
  /** RFC 3261's T1 of drachtio in milliseconds; default 500: a silent callee gives 408 after 32 s. */
  drachtioT1Ms?: number;
  /** Default `cymru`, as drachtio-server's own. */
  drachtioSecret?: string;
  /** Default 0: a free one. */
  eventSocketPort?: number;
  /** Default `ClueCon`, as FreeSWITCH's own. */
  eventSocketPassword?: string;
  /** The callees' SIP port, UDP and TCP; default 0: a free one. */
  calleesPort?: number;
  /** The directory of the callee `plays`' WAV files. */
  recordingsDir?: string;
  /** FreeSWITCH's directory for sounds without an absolute path; default the working directory. */
  soundsDir?: string;
  /**
   * FreeSWITCH's `rtp-timer-name`; default `soft`. With `none`, a callee that sends no RTP hears hardly any of what is
   * played to it, and playing does not end.
   */
  rtpTimer?: 'soft' | 'none';
  /** FreeSWITCH's `rtp_secure_media`; default `optional`, as where it is not set. */
  secureMedia?: 'optional' | 'forbidden';
  /** The audio that FreeSWITCH's mod_audio_fork carries; default `bothWays`. With `oneWay` it is one of before April 2024, which plays nothing that comes back. */
  audioForks?: 'bothWays' | 'oneWay';
  /** The callees' log is appended to this file, as JSON lines. */
  logFile?: string;
  /**
   * Called with errors that were handled: malformed messages, transport errors, errors in callees' scripts.
   */
  onProblem?: (what: string) => void;
}

/** One of the lab's two servers, which can be killed and restarted. */
export interface LabServer {
  /** As SIGKILL does: connections break off, calls are forgotten, and nothing is signalled. */
  kill(): Promise<void>;
  /** Starts it again at the same address, without state; kills it first when it is running. */
  restart(): Promise<void>;
}

/** A telephone network: a drachtio-server, a FreeSWITCH, and callees. */
export interface Lab {
  /** `host:port` of the drachtio admin protocol. */
  readonly drachtio: string;
  /** `host:port` of FreeSWITCH's event socket. */
  readonly freeswitch: string;
  /** `host:port` of the callees' SIP. */
  readonly callees: string;
  readonly secrets: { readonly drachtio: string; readonly freeswitch: string };
  /** Every request and final response that the callees sent and received. */
  readonly log: SipLog;
  readonly servers: { readonly drachtio: LabServer; readonly freeswitch: LabServer };
  /** The number of calls that ring or are up at the callees. */
  callCount(): number;
  close(): Promise<void>;
}

/**
 * Starts the callees alone, as the far end for real servers. Rejects with the socket's error when the port is
 * taken.
 */
export function startCallees(options: CalleesOptions = {}): Promise<Callees> {
  return Callees.start(options);
}

/**
 * Starts the whole network. When a port is taken, closes what it has started and rejects with the socket's
 * error.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { host = '127.0.0.1', drachtioSecret = 'cymru', eventSocketPassword = 'ClueCon' } = options;
  const { onProblem = () => {}, soundsDir = process.cwd() } = options;
  const closers: Array<() => Promise<void>> = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };

  try {
    const callees = await startCallees({
      host,
      port: options.calleesPort ?? 0,
      recordingsDir: options.recordingsDir,
      logFile: options.logFile,
      onProblem,
    });
    closers.push(() => callees.close());

    const drachtio = await RestartableDrachtio.start({
      host,
      port: options.drachtioPort ?? 0,
      secret: drachtioSecret,
      tls: options.drachtioTls,
      ...(options.drachtioT1Ms === undefined ? {} : { t1Ms: options.drachtioT1Ms }),
      onProblem,
    });
    closers.push(() => drachtio.close());

    const freeswitch = await FreeSwitch.start({
      host,
      eventSocketPort: options.eventSocketPort ?? 0,
      password: eventSocketPassword,
      soundsDirectory: soundsDir,
      rtpTimer: options.rtpTimer ?? 'soft',
      secureMedia: options.secureMedia ?? 'optional',
      audioForks: options.audioForks ?? 'bothWays',
    });
    closers.push(() => freeswitch.close());

    return {
      drachtio: addressText(drachtio.address),
      freeswitch: addressText(freeswitch.eventSocketAddress),
      callees: callees.sipAddress,
      secrets: { drachtio: drachtioSecret, freeswitch: eventSocketPassword },
      log: callees.log,
      servers: { drachtio, freeswitch },
      callCount: () => callees.callCount,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type DrachtioOptions = Parameters<typeof DrachtioServer.start>[0];

/** A drachtio server that can be killed and restarted at the same address. */
class RestartableDrachtio implements LabServer {
  readonly address: { readonly host: string; readonly port: number };
  readonly #options: DrachtioOptions;
  #running: DrachtioServer | null;

  private constructor(options: DrachtioOptions, running: DrachtioServer) {
    this.address = running.address;
    const { port, tlsPort } = running.sipAddress;
    const tls = options.tls === undefined || tlsPort === null ? undefined : { ...options.tls, port: tlsPort };
    this.#options = { ...options, port: running.address.port, sipPort: port, tls };
    this.#running = running;
  }

  static async start(options: DrachtioOptions): Promise<RestartableDrachtio> {
    return new RestartableDrachtio(options, await DrachtioServer.start(options));
  }

  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.kill();
  }

  async restart(): Promise<void> {
    await this.kill();
    this.#running = await DrachtioServer.start(this.#options);
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.close();
  }
}

function addressText({ host, port }: { host: string; port: number }): string {
  return hostPort(host, port);
}
