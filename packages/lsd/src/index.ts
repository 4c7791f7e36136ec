export type { WaitForAnswerMachineOptions, WaitOutcome } from '@outdial/contract';
export type { AnswerMachineWaiter } from './answer-machine-waiter.js';
export { SpeakerDetector, type SpeakerDetectorOptions } from './detector.js';
export { DtmfDetector } from './digits/dtmf-detector.js';
export { EarlyMediaListener, type EarlyMediaListeners, withEarlyMedia } from './early-media.js';
export { LsdInputError } from './errors.js';
export type { LsdEvent, Signal, SignalEvent } from './events.js';
