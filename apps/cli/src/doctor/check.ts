/** What was looked at, and how it is. */
export interface Check {
  /** What was looked at: `Redis`, `drachtio 127.0.0.1:9022`. */
  check: string;
  ok: boolean;
  /** What is there, or what is wrong. */
  found: string;
  /** How to mend it; null where nothing is wrong. */
  remedy: string | null;
}

export function inOrder(check: string, found: string): Check {
  return { check, ok: true, found, remedy: null };
}

export function wrong(check: string, found: string, remedy: string): Check {
  return { check, ok: false, found, remedy };
}
