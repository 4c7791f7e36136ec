export { type CallSnapshot, callStateOf } from './call-state.js';
export type { CallEffects, LegEffects, RecordEffects } from './effects.js';
export type {
  CallMachineEvent,
  DetectorEvent,
  EarlyMediaEvent,
  PlanEvent,
  WaitEvent,
  WorkerEvent,
} from './events.js';
export { callMachine } from './machine.js';
export { endingOf, outcomeOf } from './outcome.js';
export type { CallContext, CallInput } from './setup.js';
export { type CallGuards, type CallTerms, DEFAULT_GUARDS } from './timers.js';
export { BLANK_TRACE, type CallTrace, type Ending } from './trace.js';
