/** The result of a check. */
export interface Check {
  /** What was checked, such as `Redis` or `drachtio 127.0.0.1:9022`. */
  check: string;
  ok: boolean;
  /** What was found, or what is wrong. */
  found: string;
  /** How to fix it, or what to do better where it is ok; null when nothing is wrong. */
  remedy: string | null;
}

export function passed(check: string, found: string): Check {
  return { check, ok: true, found, remedy: null };
}

export function failed(check: string, found: string, remedy: string): Check {
  return { check, ok: false, found, remedy };
}

/** Calls can be made, and something of them is not as it should be. */
export function warned(check: string, found: string, remedy: string): Check {
  return { check, ok: true, found, remedy };
}
