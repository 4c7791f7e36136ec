import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Channel } from './channel/channel.js';
import type { SessionLimits } from './channel/session-limits.js';
import { EventBus } from './event-socket/event-bus.js';

export const FREESWITCH_VERSION = '1.10.12-release';
const HEARTBEAT_MS = 20_000;

/**
 * State shared by the parts of one running FreeSWITCH. A restart creates a new one, with another Core-UUID.
 */
export class Core {
  readonly uuid = randomUUID();
  readonly hostname = hostname();
  readonly startedAt = performance.now();
  readonly events: EventBus;
  /** The sessions that are up, by uuid. */
  readonly channels = new Map<string, Channel>();
  /** The bridges that are up: the uuid of the second channel by that of the first. */
  readonly bridges = new Map<string, string>();
  readonly variables: Map<string, string>;
  readonly limits: SessionLimits;
  /** `127.0.0.1:5060`: where the `drachtio_mrf` profile listens. */
  readonly sipAddress: string;
  readonly soundsDirectory: string;
  readonly rtpTimer: 'soft' | 'none';
  readonly secureMedia: 'optional' | 'forbidden';
  readonly audioForks: 'bothWays' | 'oneWay';
  #heartbeat: NodeJS.Timeout | null = null;

  constructor(settings: {
    host: string;
    sipAddress: string;
    limits: SessionLimits;
    soundsDirectory: string;
    rtpTimer: 'soft' | 'none';
    secureMedia: 'optional' | 'forbidden';
    audioForks: 'bothWays' | 'oneWay';
  }) {
    const { host, sipAddress, limits, soundsDirectory, rtpTimer, secureMedia, audioForks } = settings;
    this.audioForks = audioForks;
    this.rtpTimer = rtpTimer;
    this.secureMedia = secureMedia;
    this.limits = limits;
    this.sipAddress = sipAddress;
    this.soundsDirectory = soundsDirectory;
    this.variables = new Map([
      ['hostname', this.hostname],
      ['local_ip_v4', host],
      ['domain', host],
      ['sounds_dir', soundsDirectory],
      ['sound_prefix', soundsDirectory],
      ['global_codec_prefs', 'PCMU,PCMA'],
      ['outbound_codec_prefs', 'PCMU,PCMA'],
      ['rtp_secure_media', 'forbidden'],
      ['core_uuid', this.uuid],
    ]);
    this.events = new EventBus(
      new Map([
        ['Core-UUID', this.uuid],
        ['FreeSWITCH-Hostname', this.hostname],
        ['FreeSWITCH-Switchname', this.hostname],
        ['FreeSWITCH-IPv4', host],
        ['FreeSWITCH-IPv6', '::1'],
      ]),
    );
  }

  startHeartbeat(): void {
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  stopHeartbeat(): void {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
  }

  get uptimeMs(): number {
    return performance.now() - this.startedAt;
  }

  /** `0 years, 0 days, 0 hours, 1 minute, 9 seconds, 476 milliseconds, 0 microseconds`. */
  describeUptime(): string {
    const ms = Math.floor(this.uptimeMs);
    const parts: readonly (readonly [number, string])[] = [
      [0, 'year'],
      [Math.floor(ms / 86_400_000), 'day'],
      [Math.floor(ms / 3_600_000) % 24, 'hour'],
      [Math.floor(ms / 60_000) % 60, 'minute'],
      [Math.floor(ms / 1000) % 60, 'second'],
      [ms % 1000, 'millisecond'],
      [0, 'microsecond'],
    ];
    return parts.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(', ');
  }

  #beat(): void {
    this.events.fire('HEARTBEAT', null, () => ({
      headers: [
        ['Event-Info', 'System Ready'],
        ['Up-Time', this.describeUptime()],
        ['FreeSWITCH-Version', FREESWITCH_VERSION],
        ['Uptime-msec', String(Math.floor(this.uptimeMs))],
        ['Session-Count', String(this.channels.size)],
        ['Max-Sessions', String(this.limits.maxSessions)],
        ['Session-Per-Sec', String(this.limits.sessionsPerSecond)],
        ['Session-Per-Sec-Last', String(this.limits.lastSecond)],
        ['Session-Since-Startup', String(this.limits.sinceStartup)],
        ['Session-Peak-Max', String(this.limits.peak)],
        ['Idle-CPU', '100.000000'],
      ],
    }));
  }
}
