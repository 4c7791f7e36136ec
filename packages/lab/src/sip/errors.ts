/** A SIP operation that failed. Ordinary endings of a call are values instead. */
export class SipAgentError extends Error {
  /** `ACK_TIMEOUT`: no ACK arrived for a 200. `NOT_PENDING`: the INVITE is settled already. */
  readonly code: 'ACK_TIMEOUT' | 'NOT_PENDING';

  constructor(code: SipAgentError['code'], message: string) {
    super(message);
    this.name = 'SipAgentError';
    this.code = code;
  }
}
