export * from './cancel-subscriber.js';
export { Captures } from './captures.js';
export * from './entry.js';
export * from './index/call-index.js';
export * from './labels.js';
export * from './ledger.js';
export * from './outbox.js';
export * from './replies.js';
export * from './requests.js';
