import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, it, vi } from 'vitest';
import { LiveScreen } from '../../src/render/live-screen.js';

/** A terminal of 40 columns and 10 rows that records its output. */
function openScreen() {
  const stream = new PassThrough({ encoding: 'utf8' });
  let written = '';
  stream.on('data', (text: string) => {
    written += text;
  });
  const screen = Object.assign(stream, { columns: 40, rows: 10, isTTY: true });
  return { screen: screen as unknown as NodeJS.WriteStream, written: () => written };
}

it('a live screen is redrawn in place, and its last lines stay with keep', async () => {
  const { screen, written } = openScreen();
  let state = 'RINGING';
  const live = new LiveScreen(({ width, height }) => [`${width} by ${height}`, state], screen);
  expect(stripVTControlCharacters(written())).toContain('39 by 9\nRINGING\n');
  state = 'ANSWERED';
  await vi.waitFor(() => expect(written()).toContain('ANSWERED'));
  state = 'IDLE';
  live.close({ keep: true });
  expect(stripVTControlCharacters(written())).toMatch(/IDLE\n$/);
  // Cursor up and erase the line.
  expect(written()).toContain('\u001b[1A');
});

it('a live screen is erased without keep', async () => {
  const { screen, written } = openScreen();
  const live = new LiveScreen(() => ['one', 'two'], screen);
  const drawn = written();
  live.close({ keep: false });
  const erased = written().slice(drawn.length);
  expect(stripVTControlCharacters(erased).trim()).toBe('');
  expect(erased).toContain('\u001b[2K');
});
