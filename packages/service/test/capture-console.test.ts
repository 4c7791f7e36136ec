// biome-ignore-all lint/suspicious/noConsole: it is what is captured
import { once } from 'node:events';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { captureConsole } from '../src/telemetry/capture-console.js';

let undo = () => {};
afterEach(() => undo());

function captured(): Array<Record<string, unknown>> {
  const lines: Array<Record<string, unknown>> = [];
  undo = captureConsole(pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }));
  return lines;
}

it('what a library prints becomes a line of the log', () => {
  const lines = captured();
  console.log('Mediaserver: lost connection to freeswitch at %s', '127.0.0.1');
  console.error(new Error('unhandled'));
  expect(lines).toMatchObject([
    { level: 30, source: 'console', msg: 'Mediaserver: lost connection to freeswitch at 127.0.0.1' },
    { level: 40, source: 'console', msg: expect.stringContaining('Error: unhandled') },
  ]);
});

it('a warning of Node becomes a line of the log', async () => {
  const lines = captured();
  const warned = once(process, 'warning');
  process.emitWarning('a listener leaks');
  await warned;
  expect(lines).toMatchObject([{ level: 40, source: 'node', msg: 'a listener leaks' }]);
});

it('undone it prints as before', () => {
  const original = console.log;
  captured();
  undo();
  expect(console.log).toBe(original);
});
