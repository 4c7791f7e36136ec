export { type CheckOptions, checkConfiguration } from './config/check.js';
export { type ConfigurationSource, invalid, readConfigurationFile } from './config/configuration-source.js';
export {
  asList,
  asNumber,
  asText,
  overlayEnvironment,
  REDIS_VARIABLES,
  type Variable,
} from './config/environment.js';
export { LOG_LEVELS } from './config/log-levels.js';
export {
  loadRedisConfiguration,
  type RedisConfiguration,
  redisAddress,
  redisConfigurationSchema,
} from './config/redis-configuration.js';
export { type PeriodicTask, PeriodicTasks } from './lifecycle/periodic-tasks.js';
export { Teardown } from './lifecycle/teardown.js';
export { captureConsole } from './telemetry/capture-console.js';
export { createLogger } from './telemetry/logger.js';
