import { PLAIN_SDP, type RawCall, type Script } from '@outdial/testkit';

/** A callee's behaviour, and how the job to it may end: `STATE CAUSE`, or `STATE CODE` for an error. */
export interface Torture {
  name: string;
  script: Script;
  ends: readonly string[];
  /** Its request within the dialog is answered. */
  isAnswered?: boolean;
  /** The real drachtio-server does not survive it. */
  isFatal?: boolean;
}

export const BUSY = ['IDLE BUSY'];
/** The outcome for a stack that drops the message: no response. */
export const TIMEOUT = ['IDLE TIMEOUT'];
export const ANSWERED = ['ANSWERED NORMAL'];
/** Strict stacks drop it, tolerant ones take it. */
export const EITHER_BUSY = [...BUSY, ...TIMEOUT];
export const EITHER_ANSWERED = [...ANSWERED, ...TIMEOUT];
/** Not counted as an answer, since it gives no audio; or not even read. */
export const WITHOUT_MEDIA = ['ERROR MEDIA_FAILED', ...TIMEOUT];
/** Answered, and its media connected or not, as FreeSWITCH decides; or not even read. */
export const MEDIA = [...ANSWERED, 'ERROR MEDIA_FAILED', ...TIMEOUT];

export const busy = (call: RawCall) => call.refuse('486 Busy Here');
export const answer = (call: RawCall, body = PLAIN_SDP) => call.respond('200 OK', { body });

/** Answers, and once that is acknowledged does `next`. */
export function inDialog(next: Script): Script {
  return (call) => {
    call.onRequest = (method) => {
      if (method === 'ACK') next(call);
      return 'answer';
    };
    answer(call);
  };
}
