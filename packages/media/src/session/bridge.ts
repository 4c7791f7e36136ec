import type { RtpPacket } from '../rtp/packet.js';
import type { PacketKind } from '../rtp/packet-kind.js';

/** One of the two legs of a bridge. */
export interface BridgeSide {
  inbound: {
    /** Takes each packet as it comes, before it is waited for those that it has overtaken. */
    onPacket: ((kind: PacketKind, packet: RtpPacket) => void) | null;
  };
  outbound: {
    /** Whether it is bridged: what the other leg hears is sent in the place of a voice bot's stream. */
    isBridged: boolean;
    relay(kind: PacketKind, packet: RtpPacket): void;
  };
}

/** Two legs of one thread that hear each other: what comes to one is sent on by the other at once. */
export class Bridge {
  readonly #sides: readonly [BridgeSide, BridgeSide];
  #isOver = false;

  constructor(one: BridgeSide, other: BridgeSide) {
    this.#sides = [one, other];
    join(one, other);
    join(other, one);
  }

  end(): void {
    // Either leg may have another bridge by now.
    if (this.#isOver) return;
    this.#isOver = true;
    for (const { inbound, outbound } of this.#sides) {
      inbound.onPacket = null;
      outbound.isBridged = false;
    }
  }
}

function join(from: BridgeSide, to: BridgeSide): void {
  from.inbound.onPacket = (kind, packet) => to.outbound.relay(kind, packet);
  to.outbound.isBridged = true;
}
