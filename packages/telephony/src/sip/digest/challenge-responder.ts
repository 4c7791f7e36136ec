import { type Challenge, parseChallenges } from './challenges.js';
import { type Credentials, canAnswer, type DigestedRequest, digestResponse } from './response.js';

/** Headers as drachtio-srf has them: names in lower case, a list where a header stood more than once. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Credentials to send, by header name: one value a realm. */
export type AuthorizationHeaders = Partial<Record<'Authorization' | 'Proxy-Authorization', string[]>>;

const HEADERS = [
  { asks: 'www-authenticate', answers: 'Authorization' },
  { asks: 'proxy-authenticate', answers: 'Proxy-Authorization' },
] as const;

type AnswerHeader = (typeof HEADERS)[number]['answers'];

/** A server that calls each fresh nonce stale is not answered for ever. */
const STALE_MAX = 3;

/** A challenge that has been answered, and how often its nonce was used. */
interface Answered {
  header: AnswerHeader;
  challenge: Challenge;
  nonceCount: number;
}

/**
 * Answers the challenges that one request meets on its way (RFC 3261, section 22; RFC 8760): a proxy's 407, then
 * the far end's 401, each realm with credentials of its own. A realm that asks again has refused the credentials, unless
 * it says that the nonce was stale.
 */
export class ChallengeResponder {
  readonly #credentials: Credentials;
  readonly #answered = new Map<string, Answered>();
  #staleCount = 0;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Whether credentials were sent: a refusal after that is about our account. */
  get hasAnswered(): boolean {
    return this.#answered.size > 0;
  }

  /**
   * The headers with which the request is to be sent again, those of earlier challenges included; null when there is
   * nothing to answer or the credentials were refused.
   */
  answer(headers: ResponseHeaders, request: DigestedRequest): AuthorizationHeaders | null {
    const asked = HEADERS.flatMap(({ asks, answers }) =>
      firstOfEachRealm(parseChallenges([headers[asks] ?? []].flat())).map((challenge) => ({
        header: answers,
        challenge,
      })),
    );
    if (asked.length === 0) return null;
    for (const { header, challenge } of asked) {
      if (!this.#mayAnswer(header, challenge)) return null;
    }
    for (const { header, challenge } of asked) {
      this.#answered.set(keyOf(header, challenge.realm), { header, challenge, nonceCount: 0 });
    }
    return this.#authorization(request);
  }

  #mayAnswer(header: AnswerHeader, challenge: Challenge): boolean {
    if (!this.#answered.has(keyOf(header, challenge.realm))) return true;
    if (!challenge.stale) return false;
    this.#staleCount += 1;
    return this.#staleCount <= STALE_MAX;
  }

  #authorization(request: DigestedRequest): AuthorizationHeaders {
    const headers: AuthorizationHeaders = {};
    for (const answered of this.#answered.values()) {
      answered.nonceCount += 1;
      const value = digestResponse(answered.challenge, this.#credentials, request, answered.nonceCount);
      headers[answered.header] = [...(headers[answered.header] ?? []), value];
    }
    return headers;
  }
}

/** Of a realm's challenges the topmost that can be answered is the server's preference (RFC 8760, section 2.3). */
function firstOfEachRealm(challenges: readonly Challenge[]): Challenge[] {
  const byRealm = new Map<string, Challenge>();
  for (const challenge of challenges) {
    if (canAnswer(challenge) && !byRealm.has(challenge.realm)) byRealm.set(challenge.realm, challenge);
  }
  return [...byRealm.values()];
}

function keyOf(header: AnswerHeader, realm: string): string {
  return `${header} ${realm}`;
}
