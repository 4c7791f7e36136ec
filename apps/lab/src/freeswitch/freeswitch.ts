import { Core } from './core.js';
import { EventSocket } from './event-socket.js';
import { SessionLimits } from './session-limits.js';
import { SofiaProfile } from './sofia-profile.js';

export interface FreeSwitchOptions {
  /** Where it listens, for everything; default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly eventSocketPort?: number;
  /** Of the `drachtio_mrf` profile; default 0: a free one. */
  readonly sipPort?: number;
  /** Of the event socket; default `ClueCon`. */
  readonly password?: string;
  /** Sessions beyond this many are refused with 503; default 5000. */
  readonly maxSessions?: number;
  /** As in FreeSWITCH, one fewer than this are let in within a second; default 1000. */
  readonly sessionsPerSecond?: number;
  /** Where `playback` finds files without an absolute path; default the working directory. */
  readonly soundsDirectory?: string;
}

/** A session, as it is now. */
export interface ChannelSummary {
  readonly uuid: string;
  readonly state: string;
  /** Of the SIP dialog towards the drachtio server. */
  readonly callId: string;
  /** The forks (by bug name) that are attached to it. */
  readonly forks: readonly string[];
}

interface Incarnation {
  readonly core: Core;
  readonly profile: SofiaProfile;
  readonly eventSocket: EventSocket;
}

/**
 * What FreeSWITCH 1.10 with mod_audio_fork and the configuration of the drachtio-freeswitch-mrf image is to its
 * clients: an event socket as drachtio-fsmrf uses it, the `drachtio_mrf` SIP profile, and RTP of G.711.
 */
export class FreeSwitch {
  readonly #options: Required<FreeSwitchOptions>;
  #running: Incarnation | null = null;

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
      soundsDirectory: process.cwd(),
      ...options,
    };
    const running = await boot(wanted);
    // Fixed now, so that a restart finds the same ones.
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

  /** Shuts down in good order: hangs every session up (BYE), says goodbye to the clients, and stops listening. */
  async stop(): Promise<void> {
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

  /** Is gone at once: connections are cut, RTP stops, sessions are forgotten and no BYE is sent. */
  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    const { core, profile, eventSocket } = running;
    core.stopHeartbeat();
    for (const channel of [...core.channels.values()]) channel.abandon();
    await Promise.all([eventSocket.destroy(), profile.close()]);
  }

  /** Comes back at the same addresses, with no sessions; kills first what still runs. */
  async restart(): Promise<void> {
    await this.kill();
    this.#running = await boot(this.#options);
  }
}

async function boot(options: Required<FreeSwitchOptions>): Promise<Incarnation> {
  const { host, sipPort, eventSocketPort, password, maxSessions, sessionsPerSecond, soundsDirectory } =
    options;
  const profile = await SofiaProfile.start(host, sipPort);
  const core = new Core({
    host,
    sipAddress: `${host}:${profile.address.port}`,
    limits: new SessionLimits(maxSessions, sessionsPerSecond),
    soundsDirectory,
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
