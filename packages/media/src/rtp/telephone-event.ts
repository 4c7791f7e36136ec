/** The payload of a telephone event (RFC 4733 section 2.3): 4 bytes. */
export const EVENT_BYTES = 4;
/** The events 0 to 15, in their order (RFC 4733 section 3.2). */
export const DIGITS = '0123456789*#ABCD';
/** The longest duration of one event packet, in samples; a longer event goes on in a further segment. */
export const LONGEST_EVENT_SAMPLES = 0xffff;

export interface TelephoneEvent {
  /** 0 to 15 are digits; others exist (flash, fax tones). */
  event: number;
  /** The end of the event. */
  isEnd: boolean;
  /** 0 to 63: the level in -dBm0. */
  volume: number;
  /** In samples since the timestamp of the packet. */
  duration: number;
}

/** Reads an event, or returns null when the payload is too short. Of several in a packet, the first. */
export function parseEvent(payload: Uint8Array): TelephoneEvent | null {
  if (payload.length < EVENT_BYTES) return null;
  const flags = payload[1] as number;
  return {
    event: payload[0] as number,
    isEnd: (flags & 0x80) !== 0,
    volume: flags & 0x3f,
    duration: ((payload[2] as number) << 8) | (payload[3] as number),
  };
}

export function writeEvent(out: Uint8Array, at: number, event: TelephoneEvent): void {
  out[at] = event.event;
  out[at + 1] = (event.isEnd ? 0x80 : 0) | (event.volume & 0x3f);
  out[at + 2] = event.duration >> 8;
  out[at + 3] = event.duration & 0xff;
}
