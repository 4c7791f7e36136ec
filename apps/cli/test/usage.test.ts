import { describe, expect, it } from 'vitest';
import { outdial } from './outdial.js';

const COMMANDS = [
  ...['call', 'enqueue', 'results', 'watch', 'cancel', 'worker', 'lab', 'doctor', 'audit', 'demo'],
];
/** Nobody listens on the discard port. */
const NOWHERE = { OUTDIAL_REDIS_URL: 'redis://127.0.0.1:9' };

describe('outdial', () => {
  it('names every command in its help, which is no error', async () => {
    const { status, stdout } = await outdial(['--help']);
    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(`  ${command} `);
  });

  it.each(COMMANDS)('explains %s, and offers --json for it', async (command) => {
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
      says: "argument '86401' is invalid. It is at most 86400",
    },
    { args: ['watch', '--from', 'yesterday'], says: 'the id of an event' },
    { args: ['lab', '--callees-port', '99999'], says: 'It is a port' },
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
  ])('refuses $args before it looks for Redis, naming $path', async ({ args, path }) => {
    const { status, stderr } = await outdial(args, NOWHERE);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error \[INVALID_JOB\] [^\n]*\n$/);
    expect(stderr).toContain(`${path}:`);
  });

  it('says in one line that Redis is away, with the code and the way out, and ends with status 1', async () => {
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

  it('reports errors as a JSON line with --json, fields and all', async () => {
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

  it('refuses a Redis URL that is none', async () => {
    const { status, stderr } = await outdial(['results'], { OUTDIAL_REDIS_URL: 'localhost:6379' });
    expect(status).toBe(1);
    expect(stderr).toContain('[INVALID_CONFIGURATION] invalid OUTDIAL_REDIS_URL');
  });
});
