import { hostOf } from '../addresses.js';
import type { Trunk } from '../configuration.js';
import type { RequestOptions } from '../drachtio/srf-types.js';
import { transportParameter } from './routing.js';

export interface TrunkRequestOptions {
  callId: string;
  cseq: number;
  /** Added to the headers that every request has. */
  headers?: Record<string, string>;
}

/** A request outside dialogs that goes to a trunk itself: REGISTER, or OPTIONS. */
export function trunkRequest(
  method: 'OPTIONS' | 'REGISTER',
  trunk: Trunk,
  { callId, cseq, headers }: TrunkRequestOptions,
): RequestOptions {
  const domain = trunk.fromDomain ?? hostOf(trunk.address);
  const parameter = transportParameter(trunk.transport);
  const account = `<sip:${accountUser(trunk)}@${domain}>`;
  return {
    method,
    uri: `sip:${domain}${parameter}`,
    proxy: `sip:${trunk.address}${parameter}`,
    headers: {
      From: `${account};tag=${callId.slice(0, 8)}`,
      // A registration is of the account (RFC 3261, section 10.2); OPTIONS asks the trunk itself.
      To: method === 'REGISTER' ? account : `<sip:${domain}>`,
      'Call-ID': callId,
      CSeq: `${cseq} ${method}`,
      ...headers,
    },
  };
}

/** The user of a trunk's address of record. */
export function accountUser({ register, credentials }: Trunk): string {
  return register?.user ?? credentials?.username ?? 'outdial';
}
