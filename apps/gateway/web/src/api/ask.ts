import type { Problem } from '../../../src/http/problem.js';

/** What a gateway refused, in its own words; or that it cannot be reached. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** 0: the gateway did not answer. */
  readonly status: number;
  readonly problem: Problem | null;

  constructor(status: number, problem: Problem | null) {
    super(
      problem?.detail ?? (status === 0 ? 'The gateway does not answer.' : `The gateway answered ${status}.`),
    );
    this.status = status;
    this.problem = problem;
  }
}

let csrfToken = '';

/** To be sent with every change from now on. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Makes a request of the API by the browser's session. Rejects with `ProblemError`. */
export async function ask<T>(
  path: string,
  { method, body, signal }: { method?: string; body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  const response = await fetch(path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(csrfToken !== '' && { 'x-csrf-token': csrfToken }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ProblemError(0, null);
  });
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const answer: unknown = isJson ? await response.json() : null;
  if (!response.ok) throw new ProblemError(response.status, answer as Problem | null);
  return answer as T;
}

/** A query string of the values that are given. */
export function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
