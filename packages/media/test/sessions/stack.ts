import {
  MediaEngine,
  type MediaEngineOptions,
  type MediaSession,
  type RemoteDescription,
} from '@outdial/media';
import { afterAll } from 'vitest';
import { FarEnd, type StreamOptions } from '../far-end.js';

/** Ranges of ports that test files do not share, below those that systems give out by themselves. */
export function portsOf(file: number): { min: number; max: number } {
  return { min: 20_000 + file * 400, max: 20_399 + file * 400 };
}

/** An engine for a test file, closed after it. */
export async function startEngine(options: Partial<MediaEngineOptions> & Pick<MediaEngineOptions, 'ports'>) {
  const engine = new MediaEngine({ listenHost: '127.0.0.1', threads: 1, ...options });
  await engine.start();
  afterAll(() => engine.close());
  return engine;
}

export const BOTH_LAWS = { pcmu: 0, pcma: 8, telephoneEvent: 101 };

/** A session and the far end that it is connected to. */
export interface Call {
  session: MediaSession;
  far: FarEnd;
  received: () => Promise<number>;
}

export async function connect(
  engine: MediaEngine,
  remote: Partial<RemoteDescription> = {},
  stream: StreamOptions = {},
): Promise<Call> {
  const session = await engine.open();
  const far = (await FarEnd.open(stream)).sendTo(session.local);
  await session.setRemote({ address: far.address, port: far.port, payloadTypes: BOTH_LAWS, ...remote });
  return { session, far, received: async () => (await session.quality()).packetsReceived };
}

export async function hangUp({ session, far }: Call): Promise<void> {
  await session.close();
  far.close();
}
