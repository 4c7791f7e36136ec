import type { ListenResult, OnFrame } from './api.js';

/**
 * How one leg gets its media and how the callee is heard: the only thing that a leg knows of media. Today a
 * FreeSWITCH endpoint makes the offer from the start (`EndpointMedia`); an RTP socket of our own can stand
 * here instead, and bring FreeSWITCH in by re-INVITE once there is something to play.
 */
export interface Media {
  /** The session description to offer to the callee. */
  readonly offer: string;
  /** The server that makes the media, `host:port`, or null when it is this process. */
  readonly server: string | null;
  /** The FreeSWITCH channel, or null. */
  readonly endpointUuid: string | null;
  /** Whether it, or a server that it lives on, was lost since it was reserved. */
  readonly isLost: boolean;
  /** Says that the callee's audio may reach it from now on: it never serves another call. */
  markUsed(): void;
  /** Connects to the callee's side; resolves with the answer to it. May be called again. Rejects on failure. */
  connect(remoteSdp: string): Promise<string>;
  listen(onFrame: OnFrame, onStopped: (message: string) => void): Promise<ListenResult>;
  stopListening(): void;
  play(source: string): Promise<'finished' | 'stopped' | 'failed'>;
  /** Calls back once, when the media is lost while in use. */
  onLost(listener: () => void): void;
  /** Gives it back: to the next call if nobody's audio reached it, else it is destroyed. Never rejects. */
  release(): Promise<void>;
}
