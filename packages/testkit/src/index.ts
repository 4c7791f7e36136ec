export * from './engines.js';
export * from './redis.js';
export * from './sipp.js';
export type { SippMessage } from './sipp-log.js';
