import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpAddress {
  host: string;
  port: number;
}

/** The two ends of a connection that runs through a wire; `far` is null while it is not connected yet. */
interface Link {
  near: Socket;
  far: Socket | null;
  to: TcpAddress;
}

/**
 * What TCP connections run through, to be cut, frozen and mended, so that a server is lost to its client (and the client
 * to its server) without either being harmed.
 */
export class Wire {
  readonly #links = new Set<Link>();
  #state: 'whole' | 'cut' | 'frozen' = 'whole';

  /** Ends every connection, and further ones as soon as they are made, until `mend`. */
  cut(): void {
    this.#state = 'cut';
    for (const link of this.#links) this.#close(link);
  }

  /** Passes nothing on any more in either direction; connections stay open, and nobody hears that one was closed. */
  freeze(): void {
    this.#state = 'frozen';
    for (const { near, far } of this.#links) {
      near.unpipe().pause();
      far?.unpipe().pause();
    }
  }

  /**
   * After `freeze` what was sent meanwhile arrives late, as it does where packets were lost for a while; with `loses` it is
   * lost and the connections are closed, as where the network gave them up.
   */
  mend({ loses = false }: { loses?: boolean } = {}): void {
    const links = this.#state === 'frozen' ? [...this.#links] : [];
    this.#state = 'whole';
    for (const link of links) {
      if (loses || link.near.destroyed || link.far?.destroyed) this.#close(link);
      else this.#carry(link);
    }
  }

  /** Carries a connection that was accepted to where it was meant to go. */
  carry(near: Socket, to: TcpAddress): void {
    const link: Link = { near, far: null, to };
    this.#links.add(link);
    this.#watch(near, link);
    if (this.#state === 'cut') this.#close(link);
    else if (this.#state === 'frozen') near.pause();
    else this.#carry(link);
  }

  #carry(link: Link): void {
    link.far ??= this.#watch(connect(link.to), link);
    link.near.pipe(link.far);
    link.far.pipe(link.near);
  }

  /** What befalls one end of a frozen wire the other hears of when it is mended. */
  #watch(end: Socket, link: Link): Socket {
    end.setNoDelay(true);
    end.on('error', () => undefined);
    end.on('close', (hadError) => {
      if (this.#state === 'frozen') return;
      if (hadError) this.#close(link);
      // What the one has said before it went is still passed on.
      link.near.destroySoon();
      link.far?.destroySoon();
      if (link.near.destroyed) this.#links.delete(link);
    });
    return end;
  }

  #close(link: Link): void {
    this.#links.delete(link);
    link.near.destroy();
    link.far?.destroy();
  }
}

/** Where a wire begins: a port of 127.0.0.1. */
export interface Cable extends TcpAddress {
  /** Cuts its wires for good, and listens no more. */
  remove(): Promise<void>;
}

/**
 * Lays a cable to a server. Each connection runs through the wire that it is given by `wireOf`; null refuses it. So
 * several clients can share a port, and one of them be cut off.
 */
export async function layCable(to: TcpAddress, wireOf: (near: Socket) => Wire | null): Promise<Cable> {
  const wires = new Set<Wire>();
  const take = (near: Socket) => {
    const wire = wireOf(near);
    if (wire === null) {
      near.destroy();
      return;
    }
    wires.add(wire);
    wire.carry(near, to);
  };
  return openCable(take, () => {
    for (const wire of wires) wire.cut();
  });
}

/** A port whose connections are given to `take`; `cut` ends those that it has taken. */
export async function openCable(take: (near: Socket) => void, cut: () => void): Promise<Cable> {
  const server = createServer(take);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    async remove() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
