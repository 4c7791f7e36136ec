import type { Prompts } from '../audio/prompts.js';
import type { DigestVerifier } from '../sip/index.js';
import type { CalleeCall } from './callee-call.js';

/** What all callees share. */
export interface CalleeContext {
  prompts: Prompts;
  /** The greeting of the next person to answer; voices alternate. */
  nextHello: () => Int16Array;
  /** The SIP address of another callee here. */
  addressOf: (name: string) => string;
  /** The verifier of `challenge`. */
  credentials: DigestVerifier;
  /** The directory of `plays`; null: it rejects with 404. */
  recordingsDir: string | null;
}

/** What a callee does with a call. The callee hangs up when the script ends. */
export type Script = (call: CalleeCall, context: CalleeContext) => Promise<void>;
