export type { WaitForAnswerMachineOptions, WaitOutcome } from '@outdial/contract';
export type { AnswerMachineWaiter } from './answer-machine-waiter.js';
export { SpeakerDetector, type SpeakerDetectorOptions } from './detector.js';
export { LsdInputError } from './errors.js';
export type { LsdEvent, Signal, SignalEvent } from './events.js';
