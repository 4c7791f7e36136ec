import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Tells whether a process has a socket among its own. */
export type IsHeldBy = (pid: number | undefined) => boolean;

/**
 * Who has a socket at that port of 127.0.0.1, by the kernel's own lists (Linux). They are read here, once for all
 * processes that are asked about: that takes the kernel milliseconds, and more on a busy machine.
 */
export function socketAt(transport: 'udp' | 'tcp', port: number): IsHeldBy {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  // A client's port may be in use towards several servers.
  const sockets = readFileSync(`/proc/net/${transport}`, 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .flatMap(([, address, , , , , , , , inode]) => (address === local ? [`socket:[${inode}]`] : []));
  return (pid) => sockets.length > 0 && filesOf(pid).some((file) => sockets.includes(file));
}

function filesOf(pid: number | undefined): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => linkOf(`/proc/${pid}/fd/${name}`));
  } catch {
    return [];
  }
}

/** A file may be closed while the list is gone through. */
function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}
