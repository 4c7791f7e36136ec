import { TransientMap } from '@outdial/collections';

/** What drachtio-srf waits for on a connection, each with a call behind it, comes and goes in maps that live as long as that. */
export function makeWaitsTransient(connection: Record<string, unknown> = {}): void {
  for (const [name, waits] of Object.entries(connection)) {
    if (waits instanceof Map) connection[name] = new TransientMap(waits);
  }
}
