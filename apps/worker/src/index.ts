export {
  loadWorkerConfiguration,
  parseServers,
  parseWorkerConfiguration,
  type WorkerConfiguration,
  type WorkerConfigurationInput,
} from './configuration.js';
export { type OutdialWorker, startWorker } from './worker.js';
