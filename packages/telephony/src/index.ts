export * from './api.js';
export * from './cause.js';
export * from './configuration.js';
export { Telephony } from './telephony.js';
