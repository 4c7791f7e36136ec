/**
 * Calls `listener` when the process that started this one with an IPC channel has ended, for whatever reason.
 */
export function onParentExit(listener: () => void): void {
  if (process.send === undefined) return;
  // It may have ended while this process was starting.
  if (process.connected) process.once('disconnect', listener);
  else listener();
  // The channel must not keep this process alive.
  process.channel?.unref();
}
