export { SipAgent, type SipAgentOptions } from './agent.js';
export {
  Dialog,
  type DialogEvents,
  type IncomingRequest,
  type RequestOptions,
  type ResponseOptions,
} from './dialog/dialog.js';
export { IncomingInvite, type IncomingInviteEvents } from './dialog/incoming-invite.js';
export {
  type InviteOptions,
  type InviteOutcome,
  OutgoingInvite,
  type OutgoingInviteEvents,
} from './dialog/outgoing-invite.js';
export { SipAgentError } from './errors.js';
export { DigestVerifier } from './message/digest.js';
export { type HeaderValues, SipHeaders } from './message/headers.js';
export type { SipMessage, SipRequest, SipResponse } from './message/message.js';
export { hostPort, type NameAddr, parseNameAddr, parseUri, type SipUri } from './message/uri.js';
export { SipLog, type SipLogEntry, type SipLogOptions } from './sip-log.js';
export type { Peer, TransportTls } from './transport/transport.js';
