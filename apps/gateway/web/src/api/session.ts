import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SessionState } from '../../../src/board/session-routes.js';
import type { Scope } from '../../../src/keys/api-key.js';
import { ask, ProblemError, setCsrfToken } from './ask.js';

const KEY = ['session'];

/** Who is logged in; null: nobody. */
export function useSession() {
  return useQuery({
    queryKey: KEY,
    queryFn: async (): Promise<SessionState | null> => {
      try {
        return adopt(await ask<SessionState>('/v1/session'));
      } catch (error) {
        if (error instanceof ProblemError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The session of a page that is shown only to those who have one. */
export function useCaller() {
  const { data } = useSession();
  if (data === undefined || data === null) throw new TypeError('nobody is logged in');
  const { key } = data;
  return { key, can: (scope: Scope) => key.scopes.includes(scope) || key.scopes.includes('admin') };
}

export function useLogIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (key: string) => adopt(await ask<SessionState>('/v1/session', { body: { key } })),
    onSuccess: (session) => client.setQueryData(KEY, session),
  });
}

export function useLogOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask('/v1/session', { method: 'DELETE' }),
    onSettled: () => {
      client.setQueryData(KEY, null);
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
    },
  });
}

function adopt(session: SessionState): SessionState {
  setCsrfToken(session.csrfToken);
  return session;
}
