/** Calls back when the process that started this one over an IPC channel is gone, however it went. */
export function whenParentIsGone(listener: () => void): void {
  if (process.send === undefined) return;
  // It may have gone while this process was still starting.
  if (process.connected) process.once('disconnect', listener);
  else listener();
  // The listener alone must not keep this process up.
  process.channel?.unref();
}
