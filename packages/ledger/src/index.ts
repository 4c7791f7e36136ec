export * from './answers.js';
export * from './cancel-watch.js';
export * from './draft-result.js';
export * from './entry.js';
export * from './keys.js';
export * from './ledger.js';
export * from './outbox.js';
export type { RedisClient } from './redis-client.js';
