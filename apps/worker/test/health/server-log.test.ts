import type { ServerStatus } from '@outdial/telephony';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { ServerLog } from '../../src/health/server-log.js';

const down = (problem: string): ServerStatus => ({
  kind: 'drachtio',
  address: '127.0.0.1:9022',
  isUp: false,
  busyCalls: 0,
  idleEndpoints: 0,
  problem,
});
const up: ServerStatus = { ...down(''), isUp: true, problem: null };

it('the state of a server is logged at first, when it changes and when its reason does, each once', () => {
  const lines: Array<{ level: number; msg: string; problem?: string }> = [];
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  let status = down('connect ECONNREFUSED 127.0.0.1:9022');
  const log = new ServerLog(() => [status], logger);
  for (const next of [status, status, down('wrong secret'), down('wrong secret'), up, up, down('closed')]) {
    status = next;
    log.update();
  }
  expect(lines.map(({ msg, problem }) => [msg, problem])).toEqual([
    ['server cannot be used', 'connect ECONNREFUSED 127.0.0.1:9022'],
    ['server cannot be used', 'wrong secret'],
    ['server answers', undefined],
    ['server cannot be used', 'closed'],
  ]);
});
