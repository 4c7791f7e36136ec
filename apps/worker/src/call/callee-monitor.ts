import type { CallJob, WaitOutcome, WaitParameters } from '@outdial/contract';

export type DetectionTerms = Pick<CallJob, 'liveSpeakerDetect' | 'lsdTimeoutMilliseconds'>;

/** Listens to the callee of one call: detects the speaker, and finds the moment to speak to an answering machine. */
export interface CalleeMonitor {
  /** Detects the speaker; the answer is now. `verdictReached` follows, and `verdictRevised` may. */
  detect(): void;
  /** Resolves with whether a message may be left now, once that is known; with null when the call ended first. */
  waitForAnswerMachine(parameters: WaitParameters): Promise<WaitOutcome | null>;
  /** Calls back when the callee begins, or ceases, to speak. Returns a function that ends it. */
  onSpeech(listener: (isSpeaking: boolean) => void): () => void;
  /** Whether the callee speaks now, as far as it is heard. */
  readonly isSpeaking: boolean;
  /** Stops listening: the call is over. */
  close(): void;
}
