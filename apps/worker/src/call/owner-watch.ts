import { HEARTBEAT_SECONDS } from '@outdial/contract';

/** How often it is looked how long the app has been silent, within the time that it may be. */
const LOOKS = 5;

/**
 * Watches whether the campaign app that has a call says so in time. Time in which Redis was out of reach does not count: then
 * the app's heartbeats could not come.
 */
export class OwnerWatch {
  readonly #isReachable: () => boolean;
  readonly #report: (event: { type: 'ownerSeen' } | { type: 'ownerLost' }) => void;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `isReachable`: whether Redis is. */
  constructor(
    isReachable: () => boolean,
    report: (event: { type: 'ownerSeen' } | { type: 'ownerLost' }) => void,
  ) {
    this.#isReachable = isReachable;
    this.#report = report;
  }

  /** The app says that it has the call, and how long it may be silent from now on. */
  heartbeat(seconds: number): void {
    if (this.#isClosed) return;
    this.#arm(seconds);
    this.#report({ type: 'ownerSeen' });
  }

  /** The call has an owner, who may not have said so yet. */
  watch(): void {
    if (this.#timer === undefined) this.#arm(HEARTBEAT_SECONDS);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }

  #arm(seconds: number): void {
    clearInterval(this.#timer);
    let looks = 0;
    this.#timer = setInterval(
      () => {
        looks = this.#isReachable() ? looks + 1 : 0;
        if (looks < LOOKS) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
        this.#report({ type: 'ownerLost' });
      },
      (seconds * 1000) / LOOKS,
    ).unref();
  }
}
