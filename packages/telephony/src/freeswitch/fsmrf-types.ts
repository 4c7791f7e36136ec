import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Dialog, UacOptions } from '../drachtio/srf-types.js';

/** The parts of drachtio-fsmrf used here; the package has no types. */
export interface EslEvent {
  getHeader(name: string): string | undefined;
  getBody(): string;
}

export interface EslConnection extends EventEmitter {
  socket: Socket | null;
  /** Events come as `esl::event::NAME::uuid`. */
  subscribe(events: string): void;
}

export interface Endpoint extends EventEmitter {
  readonly uuid: string;
  readonly conn: EslConnection | null;
  readonly connected: boolean;
  readonly local: { sdp: string };
  modify(sdp: string): Promise<string>;
  forkAudioStart(options: {
    wsUrl: string;
    mixType: 'mono' | 'stereo';
    sampling: '8000';
    bugname: string;
    /** The module's two-way mode: what comes back is played, at so many samples a second. */
    bidirectionalAudio?: { enabled: string; streaming: string; sampleRate: string };
  }): Promise<void>;
  forkAudioStop(bugname: string): Promise<void>;
  execute(application: string, argument: string): Promise<EslEvent>;
  api(command: string, argument: string): Promise<EslEvent>;
  bridge(other: Endpoint): Promise<void>;
  unbridge(): Promise<void>;
  destroy(): Promise<void>;
}

export interface MediaServer extends EventEmitter {
  readonly conn: EslConnection;
  api(command: string): Promise<string>;
  createEndpoint(options: { headers: Record<string, string> }): Promise<Endpoint>;
  disconnect(): void;
}

/** All that drachtio-fsmrf needs of drachtio-srf to make endpoints. */
export interface EndpointCaller {
  createUAC(uri: string, options: UacOptions): Promise<Dialog>;
}

export interface Mrf {
  connect(options: {
    address: string;
    port: number;
    secret: string;
    listenAddress: string;
    listenPort: number;
    advertisedAddress?: string;
    advertisedPort?: number;
    profile: string;
  }): Promise<MediaServer>;
}

export type MrfConstructor = new (srf: EndpointCaller, options: { customEvents: string[] }) => Mrf;
