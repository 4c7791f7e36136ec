import { describe, expect, it } from 'vitest';
import { ChallengeResponder } from '../../../src/sip/digest/challenge-responder.js';
import { parseChallenges } from '../../../src/sip/digest/challenges.js';

const credentials = { username: 'Mufasa', password: 'Circle of Life' };
const request = { method: 'GET', uri: '/dir/index.html', body: '' };
const challenge = (nonce: string, more = '') => ({
  'proxy-authenticate': `Digest realm="r", nonce="${nonce}"${more}`,
});

function field(value: string | undefined, name: string): string | undefined {
  const match = new RegExp(`[ ,]${name}=(?:"([^"]*)"|([^ ,]+))`).exec(value ?? '');
  return match?.[1] ?? match?.[2];
}

describe('the answer to a challenge', () => {
  it('is the known one for the names of RFC 2617, section 3.5, without qop', () => {
    const responder = new ChallengeResponder({ username: 'Mufasa', password: 'Circle Of Life' });
    const answer = responder.answer(
      { 'www-authenticate': 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"' },
      request,
    );
    expect(field(answer?.Authorization?.[0], 'response')).toBe('670fd8c2df070c60b045671b8b24ff02');
  });

  it('counts the uses of a nonce when another realm makes the request be sent again', () => {
    const responder = new ChallengeResponder(credentials);
    const first = responder.answer(challenge('a', ', qop="auth"'), request);
    const second = responder.answer({ 'www-authenticate': 'Digest realm="core", nonce="b"' }, request);
    expect(field(first?.['Proxy-Authorization']?.[0], 'nc')).toBe('00000001');
    expect(field(second?.['Proxy-Authorization']?.[0], 'nc')).toBe('00000002');
    expect(field(second?.Authorization?.[0], 'realm')).toBe('core');
  });

  it('is not given again to a realm that refused the credentials', () => {
    const responder = new ChallengeResponder(credentials);
    expect(responder.answer(challenge('a'), request)).not.toBeNull();
    expect(responder.answer(challenge('b'), request)).toBeNull();
  });

  it('is given again for a stale nonce, but not for ever', () => {
    const responder = new ChallengeResponder(credentials);
    const answers = ['a', 'b', 'c', 'd', 'e'].map((nonce) =>
      field(
        responder.answer(challenge(nonce, ', stale=TRUE'), request)?.['Proxy-Authorization']?.[0],
        'nonce',
      ),
    );
    expect(answers).toEqual(['a', 'b', 'c', 'd', undefined]);
  });

  it.each([
    ['no challenge at all', {}],
    ['another scheme', { 'www-authenticate': 'Basic realm="r"' }],
    ['no nonce', { 'www-authenticate': 'Digest realm="r"' }],
    ['an unknown algorithm', { 'www-authenticate': 'Digest realm="r", nonce="n", algorithm=ROT13' }],
    ['an unknown qop alone', { 'www-authenticate': 'Digest realm="r", nonce="n", qop="auth-evil"' }],
  ])('is not given to %s', (_name, headers) => {
    const responder = new ChallengeResponder(credentials);
    expect(responder.answer(headers, request)).toBeNull();
    expect(responder.hasAnswered).toBe(false);
  });
});

describe('reading challenges', () => {
  it('ends for any input', () => {
    for (const text of [
      'Digest =,"",nonce="\\',
      '"',
      '==',
      ', ,',
      'Digest',
      'Digest nonce=',
      '\u0000"a',
      'Digest nonce="a',
    ]) {
      expect(parseChallenges([text])).toBeInstanceOf(Array);
    }
  });
});
