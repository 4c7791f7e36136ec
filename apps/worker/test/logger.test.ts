import { describe, expect, it } from 'vitest';
import { createLogger } from '../src/logger.js';

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

  it('masks the message that is taken from its error', () => {
    const { logger, lines } = logged('info');
    logger.warn({ err: failure() });
    logger.warn(failure());
    const line = { err: MASKED_FAILURE, msg: `cannot call ${MASKED}` };
    expect(lines).toMatchObject([line, line]);
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
