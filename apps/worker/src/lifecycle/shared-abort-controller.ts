import { setMaxListeners } from 'node:events';

/** An AbortController whose signal every call listens to: Node takes the eleventh listener for a leak, and warns. */
export function sharedAbortController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
