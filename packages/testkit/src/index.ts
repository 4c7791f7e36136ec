export * from './cable.js';
export * from './engines.js';
export * from './free-port.js';
export * from './process-sockets.js';
export * from './redis.js';
export * from './sipp.js';
export type { SippMessage } from './sipp-log.js';
export * from './tap.js';
