export { type CallSnapshot, callStateOf } from './call-state.js';
export type { CallEffects, DiscardReason } from './effects.js';
export type {
  CallError,
  CallMachineEvent,
  DetectorEvent,
  LegEvent,
  WaitEvent,
  WorkerEvent,
} from './events.js';
export { callMachine } from './machine.js';
export { type CallEnding, type CallOutcome, endingOf, failedBeforeInvite, outcomeOf } from './outcome.js';
export { type CallIdentity, type QueueFacts, toEndedRecord, toResult } from './records.js';
export type { CallContext, CallInput } from './setup.js';
export { type CallGuards, type CallTerms, DEFAULT_GUARDS } from './timers.js';
export { BLANK_TRACE, type CallTrace, type Ending } from './trace.js';
