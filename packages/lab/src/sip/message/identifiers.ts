/** Random identifiers of SIP: tags, branches, Call-IDs. */
import { randomBytes, randomUUID } from 'node:crypto';

/** RFC 3261 8.1.1.7: what marks a branch as unique. */
export const MAGIC_COOKIE = 'z9hG4bK';

export function newTag(): string {
  return randomBytes(6).toString('hex');
}

export function newBranch(): string {
  return MAGIC_COOKIE + randomBytes(8).toString('hex');
}

export function newCallId(): string {
  return randomUUID();
}
