import type { ErrorCode } from '@outdial/contract';
import type { ActivityList } from '../activity/activity-log.js';
import type { ApiKey, Scope } from '../keys/api-key.js';
import type { ProblemCode } from './problem.js';

/** What a route says of itself beside its schemas: who may call it, and how it is described. */
export interface RouteNotes {
  /** Its name in the API's description, and in the activity. */
  operation: string;
  /** One line. */
  summary: string;
  description?: string;
  tag:
    | 'Calls'
    | 'Lanes'
    | 'Results'
    | 'Events'
    | 'Webhooks'
    | 'Recordings'
    | 'Operation'
    | 'Board'
    | 'Health';
  /** What the key must have; `any`: a key is enough; null: none is needed. */
  scope: Scope | 'any' | null;
  /** The list that its requests are noted in; absent: nowhere, because it changes nothing. */
  activity?: ActivityList;
  /** For browsers, and no part of the API: its description leaves it out. */
  isPage?: true;
  /** Codes beyond those that every route with a key may answer. */
  errors?: readonly Extract<ErrorCode, ProblemCode>[];
  /** Media types of an answer that is no JSON, by status. */
  answers?: Readonly<Record<number, { description: string; type: string }>>;
  /** Media types of a body that is no JSON. */
  bodies?: Readonly<Record<string, string>>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    notes?: RouteNotes;
  }
  interface FastifyRequest {
    /** The key that it was made with; null where none is needed. */
    caller: ApiKey | null;
    /** What it is about, for the activity. */
    target: string;
  }
}
