export {
  loadWorkerConfiguration,
  parseServers,
  parseWorkerConfiguration,
  type WorkerConfiguration,
  type WorkerConfigurationInput,
} from './configuration.js';
export { createLogger } from './logger.js';
export { surviveLibraryThrows } from './uncaught.js';
export { type OutdialWorker, startWorker } from './worker.js';
