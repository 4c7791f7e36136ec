import { hostPort } from '../sip/index.js';
import { SessionLimits } from './channel/session-limits.js';
import { Core } from './core.js';
import { EventSocket } from './event-socket/event-socket.js';
import { SofiaProfile } from './sofia/sofia-profile.js';

export interface FreeSwitchOptions {
  /** Every port is bound to it; default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly eventSocketPort?: number;
  /** Of the `drachtio_mrf` profile; default 0: a free one. */
  readonly sipPort?: number;
  /** Of the event socket; default `ClueCon`. */
  readonly password?: string;
  /** Sessions beyond this many are rejected with 503; default 5000. */
  readonly maxSessions?: number;
  /** As in FreeSWITCH, one fewer than this are admitted per second; default 1000. */
  readonly sessionsPerSecond?: number;
  /** The profile's `rtp-timer-name`; default `soft`. With `none`, received packets pace what is sent. */
  readonly rtpTimer?: 'soft' | 'none';
  /**
   * The variable `rtp_secure_media` of the calls that come in; default `optional`, as where it is not set: an INVITE without an
   * offer is offered the same audio as SRTP and as plain RTP.
   */
  readonly secureMedia?: 'optional' | 'forbidden';
  /** The audio that mod_audio_fork carries; default `bothWays`. With `oneWay` it is one of before April 2024, which plays nothing that comes back. */
  readonly audioForks?: 'bothWays' | 'oneWay';
  /** Where `playback` finds files without an absolute path; default the working directory. */
  readonly soundsDirectory?: string;
}

/** A snapshot of a session. */
export interface ChannelSummary {
  readonly uuid: string;
  readonly state: string;
  /** Of the SIP dialog with the drachtio server. */
  readonly callId: string;
  /** Bug names of the attached audio forks. */
  readonly forks: readonly string[];
}

interface RunningServer {
  readonly core: Core;
  readonly profile: SofiaProfile;
  readonly eventSocket: EventSocket;
}

/**
 * Behaves towards its clients like FreeSWITCH 1.10 with mod_audio_fork and the configuration of the
 * drachtio-freeswitch-mrf image: an event socket as drachtio-fsmrf uses it, the `drachtio_mrf` SIP profile,
 * and RTP with G.711.
 */
export class FreeSwitch {
  readonly #options: Required<FreeSwitchOptions>;
  #running: RunningServer | null = null;

  private constructor(options: Required<FreeSwitchOptions>) {
    this.#options = options;
  }

  /** Rejects with the socket's error when a port is taken. */
  static async start(options: FreeSwitchOptions = {}): Promise<FreeSwitch> {
    const wanted = {
      host: '127.0.0.1',
      eventSocketPort: 0,
      sipPort: 0,
      password: 'ClueCon',
      maxSessions: 5000,
      sessionsPerSecond: 1000,
      rtpTimer: 'soft' as const,
      secureMedia: 'optional' as const,
      audioForks: 'bothWays' as const,
      soundsDirectory: process.cwd(),
      ...options,
    };
    const running = await startServer(wanted);
    // Fixed from now on: a restart listens on the same ports.
    const eventSocketPort = running.eventSocket.port;
    const sipPort = running.profile.address.port;
    const freeSwitch = new FreeSwitch({ ...wanted, eventSocketPort, sipPort });
    freeSwitch.#running = running;
    return freeSwitch;
  }

  get eventSocketAddress(): { readonly host: string; readonly port: number } {
    return { host: this.#options.host, port: this.#options.eventSocketPort };
  }

  get sipAddress(): { readonly host: string; readonly port: number } {
    return { host: this.#options.host, port: this.#options.sipPort };
  }

  /** The sessions that are up. */
  channels(): readonly ChannelSummary[] {
    return [...(this.#running?.core.channels.values() ?? [])].map(
      ({ uuid, runningState, variables, forks }) => ({
        uuid,
        state: runningState,
        callId: variables.get('sip_call_id') ?? '',
        forks: [...forks.keys()],
      }),
    );
  }

  /**
   * Shuts down gracefully: hangs every session up (BYE), closes the clients' connections, and stops
   * listening.
   */
  async close(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    const { core, profile, eventSocket } = running;
    core.stopHeartbeat();
    const channels = [...core.channels.values()];
    for (const channel of channels) channel.hangUp('SYSTEM_SHUTDOWN');
    await Promise.all(channels.map(({ over }) => over));
    await profile.settle();
    await eventSocket.shutDown();
    await profile.close();
  }

  /** As SIGKILL does: connections break off, RTP stops, sessions are forgotten and no BYE is sent. */
  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    const { core, profile, eventSocket } = running;
    core.stopHeartbeat();
    for (const channel of [...core.channels.values()]) channel.abandon();
    await Promise.all([eventSocket.destroy(), profile.close()]);
  }

  /** Starts again at the same addresses, without sessions; kills it first when it is running. */
  async restart(): Promise<void> {
    await this.kill();
    this.#running = await startServer(this.#options);
  }
}

async function startServer(options: Required<FreeSwitchOptions>): Promise<RunningServer> {
  const {
    host,
    sipPort,
    eventSocketPort,
    password,
    maxSessions,
    sessionsPerSecond,
    soundsDirectory,
    rtpTimer,
    secureMedia,
    audioForks,
  } = options;
  const profile = await SofiaProfile.start(host, sipPort);
  const core = new Core({
    host,
    sipAddress: hostPort(host, profile.address.port),
    limits: new SessionLimits(maxSessions, sessionsPerSecond),
    soundsDirectory,
    rtpTimer,
    secureMedia,
    audioForks,
  });
  try {
    const eventSocket = await EventSocket.listen(core, password, host, eventSocketPort);
    profile.serve(core, eventSocket);
    core.startHeartbeat();
    return { core, profile, eventSocket };
  } catch (error) {
    await profile.close();
    throw error;
  }
}
