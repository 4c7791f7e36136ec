import { describe, expect, it } from 'vitest';
import { outdial } from './support/outdial.js';

const COMMANDS = [
  ...[
    'call',
    'enqueue',
    'results',
    'watch',
    'cancel',
    'worker',
    'gateway',
    'keys',
    'lab',
    'doctor',
    'audit',
    'demo',
  ],
];
/** Nothing listens on the discard port. */
const NOWHERE = { OUTDIAL_REDIS_URL: 'redis://127.0.0.1:9' };

describe('outdial', () => {
  it('lists every command in its help, with status 0', async () => {
    const { status, stdout } = await outdial(['--help']);
    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(`  ${command} `);
  });

  it.each(COMMANDS)('has a help text for %s, with --json', async (command) => {
    const { status, stdout } = await outdial([command, '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain(`Usage: outdial ${command}`);
    expect(stdout).toContain('--json');
  });

  it.each([
    { args: [], says: 'Usage: outdial' },
    { args: ['dial'], says: "unknown command 'dial'" },
    { args: ['call'], says: "missing required argument 'to'" },
    { args: ['results', '--wrong'], says: "unknown option '--wrong'" },
    { args: ['call', 'sip:a@b', '--timeout', 'soon'], says: "argument 'soon' is invalid" },
    { args: ['call', 'sip:a@b', '--lsd', 'maybe'], says: 'Allowed choices are DEFAULT' },
    { args: ['call', 'sip:a@b', '--header', 'X-No-Value'], says: 'NAME=VALUE' },
    {
      args: ['call', 'sip:a@b', '--hold', '86401'],
      says: "argument '86401' is invalid. Expected at most 86400",
    },
    { args: ['watch', '--from', 'yesterday'], says: 'the id of an event' },
    { args: ['lab', '--callees-port', '99999'], says: 'Expected a port' },
  ])('ends with status 2 for $args', async ({ args, says }) => {
    const { status, stdout, stderr } = await outdial(args, NOWHERE);
    expect(status).toBe(2);
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
  });

  it.each([
    { args: ['call', 'tel:+441632960001'], path: 'callFrom' },
    { args: ['call', 'sip:a@b', '--codecs', 'g711a;g999'], path: 'codecs' },
    { args: ['call', 'sip:a@b', '--lsd-timeout', '100'], path: 'lsdTimeoutMilliseconds' },
    { args: ['call', 'sip:a@b', '--header', 'Via=1.2.3.4'], path: 'headers.Via' },
  ])('rejects $args before connecting to Redis, and names $path', async ({ args, path }) => {
    const { status, stderr } = await outdial(args, NOWHERE);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error \[INVALID_JOB\] [^\n]*\n$/);
    expect(stderr).toContain(`${path}:`);
  });

  it('reports in one line that Redis is unavailable, with the code and what to do, and ends with status 1', async () => {
    const { status, stderr } = await outdial(['cancel', 'job-1'], {
      OUTDIAL_REDIS_URL: 'redis://:hunter2@127.0.0.1:9',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^error \[QUEUE_UNAVAILABLE\] Redis at redis:\/\/:\*\*\*@127\.0\.0\.1:9 [^\n]*\n$/,
    );
    expect(stderr).toContain('ECONNREFUSED');
    expect(stderr).not.toContain('hunter2');
  });

  it('reports errors as a JSON line with --json, including the fields', async () => {
    const { status, stdout, stderr } = await outdial(['call', 'tel:+441632960001', '--json'], NOWHERE);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'INVALID_JOB',
        message: expect.stringContaining('callFrom'),
        issues: [{ path: 'callFrom', message: 'a telephone number needs a callFrom' }],
      },
    });
  });

  it('shows a stack only when OUTDIAL_DEBUG is set', async () => {
    const quiet = await outdial(['cancel', 'job-1'], NOWHERE);
    const loud = await outdial(['cancel', 'job-1'], { ...NOWHERE, OUTDIAL_DEBUG: '1' });
    expect(quiet.stderr).not.toContain('    at ');
    expect(loud.stderr).toContain('    at ');
  });

  it('rejects an invalid Redis URL', async () => {
    const { status, stderr } = await outdial(['results'], { OUTDIAL_REDIS_URL: 'localhost:6379' });
    expect(status).toBe(1);
    expect(stderr).toContain('[INVALID_CONFIGURATION] invalid OUTDIAL_REDIS_URL');
  });
});
