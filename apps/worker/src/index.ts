export {
  hasTwoWayForks,
  isPrivateAddress,
  probeRtp,
  probeTrunks,
  type TrunkProbe,
  type TrunkProblem,
} from '@outdial/telephony';
export {
  loadWorkerConfiguration,
  parseWorkerConfiguration,
  type WorkerConfiguration,
  type WorkerConfigurationInput,
} from './config/configuration.js';
export { parseServers } from './config/environment.js';
export { handleUncaughtExceptions } from './lifecycle/uncaught-exceptions.js';
export { type OutdialWorker, startWorker } from './worker.js';
