import { readDemoState } from './demo-state.js';

/**
 * The environment that a worker is configured by: that of the process, or, where it names no servers, with the
 * configuration of a demo that is running in this directory.
 */
export function workerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const named = [env.OUTDIAL_CONFIG, env.OUTDIAL_REDIS_URL, env.OUTDIAL_DRACHTIO, env.OUTDIAL_FREESWITCH];
  const demo = named.some((value) => value !== undefined) ? null : readDemoState();
  return demo === null ? env : { ...env, OUTDIAL_CONFIG: demo.configuration };
}
