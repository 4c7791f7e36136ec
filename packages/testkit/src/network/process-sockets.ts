import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whether a socket belongs to a process. */
export type IsHeldBy = (pid: number | undefined) => boolean;

/**
 * Finds the owner of the sockets at a port of 127.0.0.1, from the kernel's lists (Linux). The lists are read once, for
 * any number of processes: reading takes milliseconds, and more on a busy machine.
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

/** A file may be closed while the list is read. */
function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}
