import { describe, expect, it } from 'vitest';
import { trunkSchema } from '../../src/configuration.js';
import {
  type DialTarget,
  DialTargets,
  type DialTargetsOptions,
  type Failure,
} from '../../src/leg/dial-targets.js';

const target = (name: string): DialTarget => ({
  requestUri: `sip:1@${name}`,
  nextHop: null,
  headers: {},
  srtp: 'off',
  trunk: trunkSchema.parse({ name, address: name, callerIds: 'any' }),
});

function targets(names: readonly [string, ...string[]], more: Partial<DialTargetsOptions> = {}): DialTargets {
  const [first, ...others] = names;
  return new DialTargets({
    targets: [target(first), ...others.map(target)],
    followsRedirects: true,
    redirect: (_from, contacts) => contacts.map(target),
    enter: () => true,
    ...more,
  });
}

const failure = (status: number, more: Partial<Failure> = {}): Failure => ({
  status,
  isLocal: false,
  contacts: [],
  progressed: false,
  ...more,
});
const trunkAfter = (made: DialTargets, ...failures: Failure[]) =>
  failures.map((each) => made.next(each)?.trunk?.name ?? null).at(-1);

describe('after a trunk', () => {
  it.each([
    ['500', failure(500), 'b'],
    ['503', failure(503), 'b'],
    ['no answer', failure(408, { isLocal: true }), 'b'],
    ['a 408 of the network', failure(408), null],
    ['busy', failure(486), null],
    ['not found', failure(404), null],
    ['502', failure(502), null],
    ['a global failure', failure(603), null],
    ['a 503 once it rang', failure(503, { progressed: true }), null],
    ['no answer once it rang', failure(408, { isLocal: true, progressed: true }), null],
  ])('%s: %o', (_name, each, expected) => {
    expect(trunkAfter(targets(['a', 'b']), each)).toBe(expected);
  });

  it('the ones that are full are left out', () => {
    const made = targets(['a', 'b', 'c'], { enter: ({ trunk }) => trunk?.name !== 'b' });
    expect(trunkAfter(made, failure(503))).toBe('c');
    expect(made.next(failure(503))).toBeNull();
  });
});

describe('a redirect', () => {
  const redirect = (...contacts: string[]) => failure(302, { contacts });

  it('leads to its contacts, one after the other', () => {
    const made = targets(['a']);
    expect(trunkAfter(made, redirect('x', 'y'))).toBe('x');
    expect(trunkAfter(made, failure(404))).toBe('y');
    expect(made.next(failure(404))).toBeNull();
  });

  it('leads on from a contact that redirects, and never to one place twice', () => {
    const made = targets(['a']);
    expect(trunkAfter(made, redirect('x', 'y'), redirect('x', 'z'))).toBe('z');
    expect(trunkAfter(made, failure(480))).toBe('y');
  });

  it('ends after five INVITEs', () => {
    const made = targets(['a']);
    const names = ['b', 'c', 'd', 'e', 'f', 'g'];
    expect(names.map((name) => made.next(redirect(name))?.trunk?.name)).toEqual([
      'b',
      'c',
      'd',
      'e',
      'f',
      undefined,
    ]);
  });

  it.each([
    ['busy', failure(486)],
    ['declined everywhere', failure(603)],
    ['refused once it rang', failure(404, { progressed: true })],
  ])('ends with a contact that is %s', (_name, each) => {
    const made = targets(['a', 'b']);
    made.next(redirect('x', 'y'));
    expect(made.next(each)).toBeNull();
  });

  it('that leads nowhere allowed is the end, whatever other trunks there are', () => {
    expect(targets(['a', 'b'], { redirect: () => [] }).next(redirect('x'))).toBeNull();
  });
});
