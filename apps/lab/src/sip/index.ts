export { SipAgent, type SipAgentOptions } from './agent.js';
export {
  Dialog,
  type DialogEvents,
  type IncomingRequest,
  type RequestOptions,
  type ResponseOptions,
} from './dialog.js';
export { DigestVerifier } from './digest.js';
export { SipAgentError } from './errors.js';
export { type HeaderValues, SipHeaders } from './headers.js';
export { IncomingInvite, type IncomingInviteEvents } from './incoming-invite.js';
export type { SipMessage, SipRequest, SipResponse } from './message.js';
export {
  type InviteOptions,
  type InviteOutcome,
  OutgoingInvite,
  type OutgoingInviteEvents,
} from './outgoing-invite.js';
export { SipLog, type SipLogEntry, type SipLogOptions } from './sip-log.js';
export type { Peer } from './transport.js';
export { type NameAddr, parseNameAddr, parseUri, type SipUri } from './uri.js';
