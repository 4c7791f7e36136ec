/// <reference lib="dom" />
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 400, height: 800 };

/** A page of the board, logged in by an API key. */
export async function openBoard(browser: Browser, url: string, key: string): Promise<Page> {
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', timezoneId: 'Asia/Kolkata' });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Screens' }).waitFor();
  return page;
}

/** Pixels by which a page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

const PICTURES = fileURLToPath(new URL('../../docs/board/', import.meta.url));

/** Keeps a picture of a screen for docs/board.md where `OUTDIAL_BOARD_SCREENSHOTS=1` asks for that; `isWhole`: of all of it. */
export async function keepPicture(page: Page, name: string, isWhole: boolean): Promise<void> {
  if (process.env.OUTDIAL_BOARD_SCREENSHOTS !== '1') return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: isWhole });
}
