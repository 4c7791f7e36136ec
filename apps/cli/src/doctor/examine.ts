import { loadWorkerConfiguration, type WorkerConfiguration } from '@outdial/worker';
import { withoutPassword } from '../connection.js';
import { findRunningDemo } from '../demo/running-demo.js';
import { reportOf } from '../errors.js';
import { withSession } from '../session.js';
import { type Check, inOrder, wrong } from './check.js';
import { checkDrachtio } from './drachtio.js';
import { checkFreeswitch } from './freeswitch.js';
import { checkLanes } from './lanes.js';
import { checkRedis } from './redis.js';

/** Every check, in the order in which a call meets what is checked. */
export async function* examine(): AsyncGenerator<Check, void, undefined> {
  yield* await examineQueue();
  const configuration = examineConfiguration(environment());
  yield configuration.check;
  if (configuration.value === null) return;
  const { drachtio, freeswitch } = configuration.value.telephony;
  yield* await Promise.all(drachtio.map(checkDrachtio));
  yield* (await Promise.all(freeswitch.map(checkFreeswitch))).flat();
}

async function examineQueue(): Promise<Check[]> {
  try {
    return await withSession(async (session) => [
      inOrder('Redis', `answers at ${withoutPassword(session.url)}, prefix ${session.prefix}`),
      ...(await checkRedis(session.redis)),
      ...(await checkLanes(session)),
    ]);
  } catch (error) {
    const { code, message } = reportOf(error);
    // A configuration that cannot be read is told of by its own check.
    if (code === 'INVALID_CONFIGURATION' && process.env.OUTDIAL_CONFIG !== undefined) return [];
    return [wrong('Redis', message, 'start redis-server (6.2 or newer), or set OUTDIAL_REDIS_URL')];
  }
}

/** The environment; that of a demo's worker when one is up here and nothing else is named. */
function environment(): NodeJS.ProcessEnv {
  const { env } = process;
  const named = [env.OUTDIAL_CONFIG, env.OUTDIAL_REDIS_URL, env.OUTDIAL_DRACHTIO, env.OUTDIAL_FREESWITCH];
  const demo = named.some((value) => value !== undefined) ? null : findRunningDemo();
  return demo === null ? env : { ...env, OUTDIAL_CONFIG: demo.configuration };
}

function examineConfiguration(env: NodeJS.ProcessEnv): {
  check: Check;
  value: WorkerConfiguration | null;
} {
  const source = env.OUTDIAL_CONFIG ?? 'the environment';
  try {
    const value = loadWorkerConfiguration(env);
    const { trunks, routes } = value.telephony;
    const names = trunks.map(({ name }) => name).join(', ');
    const found = `${source} is valid; trunks: ${names || 'none'}; routes: ${routes.map(({ host }) => host).join(', ') || 'none'}`;
    return { check: inOrder('configuration', found), value };
  } catch (error) {
    const remedy =
      'docs/configuration.md lists every field; OUTDIAL_DRACHTIO and OUTDIAL_FREESWITCH (host:port:secret) are the least; "outdial lab" prints a configuration to start with';
    return { check: wrong('configuration', reportOf(error).message, remedy), value: null };
  }
}
