export type { WaitForAnswerMachineOptions, WaitOutcome } from '@outdial/contract';
export type { OutcomeRetention } from '@outdial/ledger';
export { type AuditRunOptions, CallAudit, type CallAuditOptions } from './audit/audit.js';
export {
  type AuditFinding,
  type AuditProgress,
  type AuditReport,
  type AuditTally,
  FINDINGS,
  type FindingCode,
  PROMISES,
  type PromiseNumber,
} from './audit/report.js';
export {
  CallChannel,
  type CallChannelOptions,
  type CallOptions,
  type StartCallOptions,
} from './call-channel.js';
export type { CallDetails } from './call-details.js';
export { CallEvents, type CallEventsOptions, type FollowOptions, type PlacedEvent } from './call-events.js';
export {
  CallQueue,
  type CallQueueOptions,
  type CallStatus,
  type LaneCounts,
} from './call-queue.js';
export { CallEndedRecords, CallResults } from './call-results.js';
export type { CancelOutcome } from './cancel.js';
export type { LaneLimits } from './lane-limits.js';
export { lanesKey } from './lanes.js';
export type { ConsumeOptions, Consumption, OutcomesOptions } from './outcomes.js';
export { Outcomes } from './outcomes.js';
export type { RedisSource } from './redis-access.js';
