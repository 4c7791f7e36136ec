/** Whether a description puts the call on hold: its side does not receive (RFC 3264 section 8.4), or at no address. */
export function isHold(sdp: string | undefined): boolean {
  return sdp !== undefined && /^(?:a=(?:sendonly|inactive)|c=IN IP4 0\.0\.0\.0)\s*$/m.test(sdp);
}
