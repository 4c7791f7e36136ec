/**
 * An RTP packet whose timestamp follows from its number.
 * @param {number} ssrc
 * @param {number} number
 * @param {number} payloadType
 * @param {Buffer} [payload]
 * @param {number} [samples] of time from one packet to the next
 */
export function packetOf(ssrc, number, payloadType, payload = Buffer.alloc(0), samples = 160) {
  return packetAt({ ssrc, number, payloadType, timestamp: number * samples }, payload);
}

/** @param {{ ssrc: number, number: number, payloadType: number, timestamp: number }} head @param {Buffer} payload */
export function packetAt({ ssrc, number, payloadType, timestamp }, payload) {
  const head = Buffer.alloc(12);
  head.set([0x80, payloadType]);
  head.writeUInt16BE(number & 0xffff, 2);
  head.writeUInt32BE(timestamp >>> 0, 4);
  head.writeUInt32BE(ssrc, 8);
  return Buffer.concat([head, payload]);
}
