/** The two limits of `switch.conf.xml` on new sessions, and the counts that `status` and HEARTBEAT show. */
export class SessionLimits {
  maxSessions: number;
  sessionsPerSecond: number;
  sinceStartup = 0;
  peak = 0;
  #taken = 0;
  #second = 0;
  #lastSecond = 0;

  /** FreeSWITCH ships with 1,000 sessions and 30 a second. */
  constructor(maxSessions = 1000, sessionsPerSecond = 30) {
    this.maxSessions = maxSessions;
    this.sessionsPerSecond = sessionsPerSecond;
  }

  /** Whether another session is admitted beside the `current` ones; counts it if so. */
  admits(current: number): boolean {
    this.#turn();
    if (current >= this.maxSessions) return false;
    this.#taken += 1;
    // FreeSWITCH counts down and refuses at zero, so it admits one fewer than the limit.
    if (this.#taken >= this.sessionsPerSecond) return false;
    this.sinceStartup += 1;
    this.peak = Math.max(this.peak, current + 1);
    return true;
  }

  /** Sessions made in the second before this one. */
  get lastSecond(): number {
    this.#turn();
    return this.#lastSecond;
  }

  #turn(): void {
    const second = Math.floor(performance.now() / 1000);
    if (second === this.#second) return;
    this.#lastSecond = second === this.#second + 1 ? this.#taken : 0;
    this.#taken = 0;
    this.#second = second;
  }
}
