export { ActivityLog } from '../activity/activity-log.js';
export { type ApiKey, type NewApiKey, SCOPES, type Scope } from './api-key.js';
export { ApiKeys } from './api-keys.js';
