import { expect, it } from 'vitest';
import { hasColours } from '../../src/render/colours.js';
import { outdial } from '../support/outdial.js';

const TERMINAL = { isTTY: true };

it.each([
  { env: {}, stream: TERMINAL, colours: true },
  { env: {}, stream: {}, colours: false },
  { env: { CI: 'true' }, stream: {}, colours: false },
  { env: { TERM: 'dumb' }, stream: TERMINAL, colours: false },
  { env: { NO_COLOR: '1' }, stream: TERMINAL, colours: false },
  { env: { NO_COLOR: '' }, stream: TERMINAL, colours: true },
  { env: { FORCE_COLOR: '1' }, stream: {}, colours: true },
  { env: { FORCE_COLOR: '' }, stream: {}, colours: true },
  { env: { FORCE_COLOR: '0' }, stream: TERMINAL, colours: false },
  { env: { NO_COLOR: '1', FORCE_COLOR: '1' }, stream: TERMINAL, colours: false },
])('output has colours: $colours, with $env and $stream', ({ env, stream, colours }) => {
  expect(hasColours(env, stream)).toBe(colours);
});

it('the command uses colours when it is asked to, also in a pipe', async () => {
  const args = ['cancel', 'job-1'];
  const nowhere = { OUTDIAL_REDIS_URL: 'redis://127.0.0.1:9' };
  const forced = await outdial(args, { ...nowhere, NO_COLOR: '', FORCE_COLOR: '1' });
  const piped = await outdial(args, { ...nowhere, NO_COLOR: '', FORCE_COLOR: '0' });
  expect(forced.stderr).toContain('\u001b[31merror');
  expect(piped.stderr).not.toContain('\u001b');
});
