import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { WorkerConfiguration } from '@outdial/worker';
import { type Check, failed, passed } from './check.js';

type DrachtioServer = WorkerConfiguration['telephony']['drachtio'][number];

/** The part of drachtio-srf that is used here; its types lack `app`. */
interface Srf extends EventEmitter {
  readonly app: {
    readonly client: { readonly mapServer: ReadonlyMap<Socket, unknown>; readonly wp: { closing?: boolean } };
  };
  connect(options: { host: string; port: number; secret: string; reconnect: { maxAttempts: number } }): void;
}

const RealSrf = createRequire(import.meta.url)('drachtio-srf') as new () => Srf;
const ANSWER_WITHIN_MS = 3000;

/** Checks that a drachtio server answers and accepts the secret. */
export async function checkDrachtio({ host, port, secret }: DrachtioServer): Promise<Check> {
  const check = `drachtio ${host}:${port}`;
  const srf = new RealSrf();
  try {
    const version = await connect(srf, { host, port, secret });
    return passed(check, version === '' ? 'answers' : `answers, version ${version}`);
  } catch (error) {
    const { message } = error as Error;
    if (/authenticate/.test(message)) {
      return failed(
        check,
        'it rejects the secret',
        'set "secret" to that of <admin> in its drachtio.conf.xml',
      );
    }
    return failed(
      check,
      `no drachtio server answers (${message})`,
      'start drachtio-server, or correct its address in OUTDIAL_DRACHTIO (host:port:secret) or the configuration',
    );
  } finally {
    // `srf.disconnect()` throws without a connection.
    srf.app.client.wp.closing = true;
    for (const socket of srf.app.client.mapServer.keys()) socket.destroy();
  }
}

/** Resolves with the version of the server once it has accepted the secret. */
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
    srf.on('close', () => settle(() => reject(new Error('it closed the connection'))));
    srf.connect({ ...server, reconnect: { maxAttempts: 1 } });
  });
}
