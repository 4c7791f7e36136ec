import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../src/telemetry/logger.js';

const NUMBER = '+441632960001';
const MASKED = '+44*****0001';

/** A logger, and the lines that it has written. */
function logged(level: string) {
  const lines: Array<Record<string, unknown>> = [];
  const logger = createLogger(level, { write: (line) => void lines.push(JSON.parse(line)) });
  return { logger, lines };
}

function failure(): Error {
  return Object.assign(new TypeError(`cannot call ${NUMBER}`), { code: 'E_CALL' });
}

const MASKED_FAILURE = {
  type: 'TypeError',
  code: 'E_CALL',
  message: `cannot call ${MASKED}`,
  stack: expect.stringContaining(`TypeError: cannot call ${MASKED}\n`),
};

describe('a log line', () => {
  it('masks telephone numbers wherever they stand, and keeps what identifies the call', () => {
    const { logger, lines } = logged('info');
    const fields = {
      jobId: 'job-441632960001',
      callTo: `tel:${NUMBER}`,
      nested: { list: ['sip:441632960001@gw'] },
      count: 441632960001,
    };
    logger.info(fields, `dialling ${NUMBER}`);
    logger.info('dialling %s', NUMBER);
    expect(lines).toMatchObject([
      {
        level: 30,
        jobId: 'job-441632960001',
        callTo: `tel:${MASKED}`,
        nested: { list: ['sip:44*****0001@gw'] },
        count: 441632960001,
        msg: `dialling ${MASKED}`,
      },
      { msg: `dialling ${MASKED}` },
    ]);
  });

  it('keeps the name, code, masked message and masked stack of an error', () => {
    const { logger, lines } = logged('info');
    logger.warn({ err: failure() }, 'it failed');
    expect(lines).toMatchObject([{ err: MASKED_FAILURE, msg: 'it failed' }]);
  });

  it.each([
    ['as a field', { err: failure() }],
    ['alone', failure()],
  ])('masks the message that is taken from an error %s', (_, given) => {
    const { logger, lines } = logged('info');
    logger.warn(given);
    expect(lines).toMatchObject([{ err: MASKED_FAILURE, msg: `cannot call ${MASKED}` }]);
  });

  it('leaves out what lies too deep to be looked through', () => {
    const { logger, lines } = logged('info');
    logger.info({ a: { b: { c: { d: { callTo: NUMBER, e: { callTo: NUMBER }, f: [NUMBER] } } } } });
    expect(lines).toMatchObject([
      { a: { b: { c: { d: { callTo: MASKED, e: '[too deep]', f: '[too deep]' } } } } },
    ]);
  });

  it('has numbers whole at debug', () => {
    const { logger, lines } = logged('debug');
    logger.debug({ callTo: NUMBER, err: failure() }, `dialling ${NUMBER}`);
    expect(lines).toMatchObject([
      { level: 20, callTo: NUMBER, err: { message: `cannot call ${NUMBER}` }, msg: `dialling ${NUMBER}` },
    ]);
  });
});

describe('a failure that many calls meet at once', () => {
  afterEach(() => void vi.useRealTimers());

  it('is written once in ten seconds, and then how often it was repeated', () => {
    vi.useFakeTimers();
    const { logger, lines } = logged('info');
    const down = () => new Error('connect ECONNREFUSED 10.0.0.10:9022');
    for (let i = 0; i < 400; i++) logger.child({ jobId: `job-${i}` }).warn({ err: down() }, 'not dialled');
    logger.warn({ err: down() }, 'something else failed');
    logger.warn({ err: new Error('another reason') }, 'not dialled');
    expect(lines).toMatchObject([
      { jobId: 'job-0', msg: 'not dialled' },
      { msg: 'something else failed' },
      { msg: 'not dialled', err: { message: 'another reason' } },
    ]);
    vi.advanceTimersByTime(10_000);
    expect(lines.slice(3)).toMatchObject([{ level: 40, msg: 'not dialled', repeated: 399 }]);
    logger.warn({ err: down() }, 'not dialled');
    expect(lines).toHaveLength(5);
  });

  it('is written each time for developers, and lines without an error always are', () => {
    const { logger, lines } = logged('debug');
    for (let i = 0; i < 3; i++) logger.warn({ err: new Error('down') }, 'not dialled');
    expect(lines).toHaveLength(3);
    const operators = logged('info');
    for (let i = 0; i < 3; i++) operators.logger.info({ state: 'IDLE' }, 'result');
    expect(operators.lines).toHaveLength(3);
  });
});
