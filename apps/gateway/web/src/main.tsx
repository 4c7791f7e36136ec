import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { ProblemError } from './api/ask.js';
import { LiveProvider } from './api/live.js';
import { App } from './app.js';
import { applyTheme } from './ui/theme.js';
import './styles/base.css';
import './styles/layout.css';
import './styles/controls.css';

applyTheme();

/** A session that has ended shows the log-in, at the address where one was. */
function onError(error: Error): void {
  if (error instanceof ProblemError && error.status === 401) client.setQueryData(['session'], null);
}

const client = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      // What the gateway has refused, it refuses again.
      retry: (count, error) =>
        count < 2 && error instanceof ProblemError && (error.problem?.retryable ?? error.status === 0),
      refetchOnWindowFocus: false,
    },
  },
});

const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <LiveProvider>
          <Router base="/board">
            <App />
          </Router>
        </LiveProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
