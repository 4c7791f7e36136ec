import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { WorkerConfiguration } from '@outdial/worker';
import { type Check, inOrder, wrong } from './check.js';

type DrachtioServer = WorkerConfiguration['telephony']['drachtio'][number];

/** What of drachtio-srf is used here; its own types leave out `app`. */
interface Srf extends EventEmitter {
  readonly app: {
    readonly client: { readonly mapServer: ReadonlyMap<Socket, unknown>; readonly wp: { closing?: boolean } };
  };
  connect(options: { host: string; port: number; secret: string; reconnect: { maxAttempts: number } }): void;
}

const RealSrf = createRequire(import.meta.url)('drachtio-srf') as new () => Srf;
const ANSWER_WITHIN_MS = 3000;

/** Whether a drachtio server answers, and takes our secret. */
export async function checkDrachtio({ host, port, secret }: DrachtioServer): Promise<Check> {
  const check = `drachtio ${host}:${port}`;
  const srf = new RealSrf();
  try {
    const version = await connect(srf, { host, port, secret });
    return inOrder(check, version === '' ? 'answers' : `answers, version ${version}`);
  } catch (error) {
    const { message } = error as Error;
    if (/authenticate/.test(message)) {
      return wrong(check, 'it refuses the secret', 'the secret is that of <admin> in its drachtio.conf.xml');
    }
    return wrong(
      check,
      `no drachtio server answers (${message})`,
      'start drachtio-server, and check its address in OUTDIAL_DRACHTIO (host:port:secret) or the configuration',
    );
  } finally {
    // `srf.disconnect()` throws where there is no connection.
    srf.app.client.wp.closing = true;
    for (const socket of srf.app.client.mapServer.keys()) socket.destroy();
  }
}

/** Resolves with the server's version once it has taken the secret. */
function connect(srf: Srf, server: { host: string; port: number; secret: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer in ${ANSWER_WITHIN_MS} ms`)),
      ANSWER_WITHIN_MS,
    );
    const settle = (done: () => void) => {
      clearTimeout(timer);
      done();
    };
    srf.on('connect', (error: Error | null, _hostport: string, version: string | null) => {
      settle(() => (error ? reject(error) : resolve(version ?? '')));
    });
    srf.on('error', (error: Error) => settle(() => reject(error)));
    srf.on('close', () => settle(() => reject(new Error('it closes the connection'))));
    srf.connect({ ...server, reconnect: { maxAttempts: 1 } });
  });
}
