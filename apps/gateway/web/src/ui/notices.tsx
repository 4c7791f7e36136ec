import type { ReactNode } from 'react';
import { ProblemError } from '../api/ask.js';

/** Nothing to show, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="notice">
      <p className="notice-title">{title}</p>
      {children}
    </div>
  );
}

/** What went wrong, in the gateway's words, and a way to try again. */
export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const problem = error instanceof ProblemError ? error.problem : null;
  return (
    <div className="notice notice-bad" role="alert">
      <p className="notice-title">{problem?.title ?? error.message}</p>
      {problem !== null && problem.detail !== problem.title && <p>{problem.detail}</p>}
      {problem !== null && <p className="muted">{`${problem.code}, request ${problem.requestId}`}</p>}
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Takes the place of what is about to come. */
export function Loading({ what }: { what: string }) {
  return (
    <p className="loading" role="status">
      {`Loading ${what} …`}
    </p>
  );
}
