/** As much of drachtio-fsmrf 4.1.2 as the tests use; it brings no types of its own. */
declare module 'drachtio-fsmrf' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  import type { Dialog, default as Srf } from 'drachtio-srf';

  namespace Mrf {
    interface EslConnection extends EventEmitter {
      readonly socket: Socket;
      send(command: string): void;
      subscribe(events: string): void;
      disconnect(): void;
      api(command: string, callback: (event: { getBody(): string }) => void): void;
    }

    interface EslEvent {
      getHeader(name: string): string | null;
      getBody(): string;
    }

    interface ForkOptions {
      bidirectionalAudio?: { enabled: string; streaming: string; sampleRate: string };
      wsUrl: string;
      mixType?: 'mono' | 'mixed' | 'stereo';
      sampling?: string;
      bugname?: string;
      metadata?: object;
    }

    interface Played {
      playbackSeconds: string;
      playbackMilliseconds: string;
      playbackLastOffsetPos: string;
    }

    interface Endpoint extends EventEmitter {
      readonly uuid: string;
      readonly conn: EslConnection;
      readonly dialog: Dialog;
      readonly connected: boolean;
      readonly local: { sdp: string; mediaIp: string; mediaPort: string };
      readonly remote: { sdp: string; mediaIp: string; mediaPort: string };
      modify(sdp: string): Promise<string>;
      play(file: string | string[]): Promise<Played>;
      execute(application: string, argument?: string): Promise<EslEvent>;
      playCollect(options: {
        file: string;
        min?: number;
        max?: number;
        tries?: number;
        timeout?: number;
        digitTimeout?: number;
        terminators?: string;
        invalidFile?: string;
        regexp?: string;
      }): Promise<{ digits?: string; invalidDigits?: string; terminatorUsed?: string }>;
      recordSession(...args: string[]): Promise<EslEvent>;
      api(command: string, args?: string | string[]): Promise<EslEvent>;
      set(variables: Record<string, string>): Promise<void>;
      mute(): Promise<EslEvent>;
      getChannelVariables(includesMedia?: boolean): Promise<Record<string, string | number>>;
      addCustomEventListener(event: string, handler: (body: unknown, event: EslEvent) => void): void;
      forkAudioStart(options: ForkOptions): Promise<void>;
      forkAudioStop(bugname?: string, metadata?: object): Promise<void>;
      forkAudioSendText(bugname: string, metadata: object): Promise<void>;
      bridge(other: Endpoint | string): Promise<void>;
      unbridge(): Promise<void>;
      destroy(): Promise<void>;
    }

    interface MediaServer extends EventEmitter {
      readonly conn: EslConnection;
      readonly sip: { ipv4: { udp: { address: string } } };
      createEndpoint(options?: { remoteSdp?: string; codecs?: string[] }): Promise<Endpoint>;
      api(command: string): Promise<string>;
      disconnect(): void;
    }
  }

  class Mrf {
    constructor(srf: Srf);
    connect(options: {
      address: string;
      port: number;
      secret?: string;
      listenAddress?: string;
    }): Promise<Mrf.MediaServer>;
  }

  export = Mrf;
}
