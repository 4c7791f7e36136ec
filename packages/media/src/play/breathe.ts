/** Lets the thread's timers and sockets have their turn, between the parts of what takes long. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
