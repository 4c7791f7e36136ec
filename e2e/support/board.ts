/// <reference lib="dom" />
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 400, height: 800 };
/** What is left of `WIDE` where a browser is zoomed to 200 %. */
export const ZOOMED = { width: 640, height: 400 };

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

/** Why a page cannot be read in its window: it is wider, or texts are cut whose whole is not told otherwise (`title`). */
export function unreadable(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const beyond = root.scrollWidth - root.clientWidth;
    const texts = [...document.body.querySelectorAll<HTMLElement>('*')].filter((element) =>
      [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim()),
    );
    const cut = texts.filter((element) => {
      if (!element.checkVisibility() || element.closest('.hidden, [title], option') !== null) return false;
      const clips =
        getComputedStyle(element).overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
      const { right, left } = element.getBoundingClientRect();
      return clips || left < 0 || right > root.clientWidth + 1;
    });
    return [
      ...(beyond === 0 ? [] : [`the page is ${beyond} pixels wider than its window`]),
      ...cut.map((element) => `cut: ${element.outerHTML.slice(0, 200)}`),
    ];
  });
}

const PICTURES = fileURLToPath(new URL('../../docs/board/', import.meta.url));

/** Keeps a picture of a screen for docs/board.md where `OUTDIAL_BOARD_SCREENSHOTS=1` asks for that; `isWhole`: of all of it. */
export async function keepPicture(page: Page, name: string, isWhole: boolean): Promise<void> {
  if (process.env.OUTDIAL_BOARD_SCREENSHOTS !== '1') return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: isWhole });
}
