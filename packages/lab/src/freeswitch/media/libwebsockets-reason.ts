/** libwebsockets' text for an error; null where mod_audio_fork fires no event. */
export function reasonOf(error: Error & { code?: string }): string | null {
  if (/Unexpected server response: 401/.test(error.message)) return 'HS: ws upgrade unauthorized';
  if (/Unexpected server response/.test(error.message)) return 'HS: ws upgrade response not 101';
  if (/handshake has timed out/.test(error.message)) return 'Timed out waiting server reply';
  if (error.code === 'ECONNREFUSED') return 'conn fail: 111';
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return null;
  return 'read failed';
}
