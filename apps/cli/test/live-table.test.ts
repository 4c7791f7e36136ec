import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, it, vi } from 'vitest';
import { LiveTable } from '../src/render/live-table.js';

/** A terminal of 40 columns and 10 rows that remembers all that is written to it. */
function openScreen() {
  const stream = new PassThrough({ encoding: 'utf8' });
  let written = '';
  stream.on('data', (text: string) => {
    written += text;
  });
  const screen = Object.assign(stream, { columns: 40, rows: 10, isTTY: true });
  return { screen: screen as unknown as NodeJS.WriteStream, written: () => written };
}

it('a live table is redrawn in place as it changes, and its last state stays', async () => {
  const { screen, written } = openScreen();
  let state = 'RINGING';
  const live = new LiveTable(({ width, height }) => [`${width} by ${height}`, state], screen);
  expect(stripVTControlCharacters(written())).toContain('39 by 9\nRINGING\n');
  state = 'ANSWERED';
  await vi.waitFor(() => expect(written()).toContain('ANSWERED'));
  state = 'IDLE';
  live.finish();
  expect(stripVTControlCharacters(written())).toMatch(/IDLE\n$/);
  // Cursor up, erase the line: what was there is written over.
  expect(written()).toContain('\u001b[1A');
});

it('a live table can be taken off the screen for what replaces it', async () => {
  const { screen, written } = openScreen();
  const live = new LiveTable(() => ['one', 'two'], screen);
  const drawn = written();
  live.clear();
  const erased = written().slice(drawn.length);
  expect(stripVTControlCharacters(erased).trim()).toBe('');
  expect(erased).toContain('\u001b[2K');
});
