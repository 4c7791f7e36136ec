import { execFileSync } from 'node:child_process';
import type { AxeResults, RunOptions } from 'axe-core';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's, or another that the system has. */
const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome'];
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** A real browser; the set-up has installed one where it was missing. */
export function launchBrowser(): Promise<Browser> {
  const [executablePath] = COMMANDS.flatMap((command) => {
    try {
      return [execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim()];
    } catch {
      return [];
    }
  });
  if (executablePath === undefined) throw new Error('there is no chromium: npm test installs it');
  // Its own sandbox cannot be had by root, nor in most containers.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** What a page did that it must not do: errors, and whatever its policy refused. */
export function watchFaults(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // A refusal by the API is told on the page.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isAnswer) faults.push(message.text());
  });
  return faults;
}

/** What axe finds wrong with a page, in words. */
export async function inaccessible(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const options: RunOptions = { runOnly: { type: 'tag', values: WCAG } };
  const { violations } = await page.evaluate<AxeResults, RunOptions>(
    (asked) => (globalThis as unknown as { axe: typeof axe }).axe.run(asked),
    options,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}
