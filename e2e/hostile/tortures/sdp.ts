/** A session description of these lines, after the three that every one begins with. */
export const sdp = (...lines: string[]) =>
  ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', ...lines, ''].join('\r\n');
export const CONNECTION = 'c=IN IP4 127.0.0.1';
export const TIME = 't=0 0';
export const AUDIO = 'm=audio 39999 RTP/AVP 8';
