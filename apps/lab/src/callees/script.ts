import type { Prompts } from '../audio/prompts.js';
import type { DigestVerifier } from '../sip/index.js';
import type { CalleeCall } from './callee-call.js';

/** What the callees share. */
export interface Stage {
  prompts: Prompts;
  /** The greeting of the next person to answer: voices take turns. */
  nextHello: () => Int16Array;
  /** The SIP address of another callee here. */
  addressOf: (name: string) => string;
  /** What `challenge` asks for. */
  credentials: DigestVerifier;
  /** Where `plays` finds its recordings, if anywhere. */
  recordingsDir: string | null;
}

/** What a callee does with a call. When it has ended, the callee hangs up. */
export type Script = (call: CalleeCall, stage: Stage) => Promise<void>;
