/// <reference lib="dom" />
import { CallQueue } from '@outdial/client';
import { type OutdialGateway, parseGatewayConfiguration, startGateway } from '@outdial/gateway';
import { startRedis } from '@outdial/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openBoard } from '../support/board.js';
import { launchBrowser, watchFaults } from '../support/browser.js';
import { addEndedCalls, numberOf } from '../support/many-calls.js';

const ENDED = 98_000;
const WAITING = 2000;
const ALL = ENDED + WAITING;

vi.setConfig({ hookTimeout: 300_000, testTimeout: 300_000 });

let server: Awaited<ReturnType<typeof startRedis>>;
let queue: CallQueue;
let gateway: OutdialGateway;
let browser: Browser;
let page: Page;
let faults: string[];

/** What was measured; it is printed at the end, and held to nothing: machines differ. */
const measured: string[] = [];
async function measure<T>(what: string, run: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const answer = await run();
  measured.push(`${what}: ${Math.round(performance.now() - from)} ms`);
  return answer;
}

beforeAll(async () => {
  [server, browser] = await Promise.all([startRedis(), launchBrowser()]);
  await measure(`${ENDED} calls into Redis`, () => addEndedCalls(server.url, ENDED));
  queue = new CallQueue({ redis: server.url });
  await queue.addBulk(
    Array.from({ length: WAITING }, (_, place) => ({ id: `later-${place}`, callTo: `sip:${place}@b` })),
  );
  gateway = await startGateway(
    parseGatewayConfiguration({ redis: { url: server.url }, gateway: { port: 0 }, logLevel: 'error' }),
  );
  const { text } = await gateway.keys.create({ name: 'operator', scopes: ['admin'] });
  page = await openBoard(browser, `${gateway.url}/board/lanes`, text);
  page.setDefaultTimeout(120_000);
  faults = watchFaults(page);
});

afterAll(async () => {
  process.stdout.write(`${measured.join('\n')}\n`);
  await browser?.close();
  await gateway?.close();
  await queue?.close();
  await server?.close();
});

const first = () => page.locator('[data-place="0"] a');
const found = (text: RegExp) => page.getByRole('status').getByText(text);
const elements = () => page.evaluate(() => document.querySelectorAll('*').length);
const scroller = () => page.locator('.call-scroller');

/** Scrolls on for as long as there is more, as whoever holds a key down does. */
async function scrollToEnd(): Promise<void> {
  const drawn = await scroller().evaluate(async (element) => {
    let most = 0;
    while (document.querySelector('[role=status]')?.textContent?.includes('more as you scroll')) {
      element.scrollTo(0, element.scrollHeight);
      most = Math.max(most, element.querySelectorAll('[data-place]').length);
      await new Promise(requestAnimationFrame);
    }
    element.scrollTo(0, element.scrollHeight);
    return most;
  });
  expect(drawn).toBeLessThan(100);
}

describe(`the list of ${ALL} calls`, () => {
  it('shows the latest at once', async () => {
    await measure('the list opens', async () => {
      await page.getByRole('link', { name: 'Calls' }).click();
      await first().waitFor();
    });
    expect(await first().getAttribute('title')).toBe(`customer-${ENDED - 1}`);
    expect(await elements()).toBeLessThan(1000);
  });

  it('is scrolled to its end, and draws what is seen alone', async () => {
    await measure('all of it is scrolled through', async () => {
      await scrollToEnd();
    });
    await found(/^100,000 calls$/).waitFor();
    await page.locator(`[data-place="${ALL - 1}"]`).waitFor();
    expect(await page.locator(`[data-place="${ALL - 1}"] a`).getAttribute('title')).toBe(
      `later-${WAITING - 1}`,
    );
    const half = ALL / 2;
    await measure('it goes to its middle', async () => {
      await scroller().evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
      await page.locator(`[data-place="${half}"]`).waitFor();
    });
    expect(await page.locator(`[data-place="${half}"] a`).getAttribute('title')).toBe(
      `customer-${ENDED - 1 - half}`,
    );
    expect(await elements()).toBeLessThan(1000);
  });

  it('finds one of them as one types', async () => {
    await scroller().evaluate((element) => element.scrollTo(0, 0));
    const find = page.getByLabel('Find');
    await find.pressSequentially('customer-1234');
    await measure('a text that eleven have is found', async () => {
      await find.press('5');
      await found(/^1 call$/).waitFor();
    });
    expect(await first().getAttribute('title')).toBe('customer-12345');
    await find.fill('');
    await measure('all are shown again', () => found(/calls loaded, more/).waitFor());
    await measure('the number of the oldest is found', async () => {
      await find.fill(numberOf(7));
      await found(/^1 call$/).waitFor();
    });
    await measure('that nothing fits is known', async () => {
      await find.fill('nobody has this');
      await page.getByText('No call fits').waitFor();
    });
    await find.fill('');
    await measure('a label, a cause and a phase are chosen', async () => {
      await page.getByLabel('Cause').selectOption('BUSY');
      await page.getByLabel('Phase').selectOption('ended');
      await find.fill('customer-9000');
      // 9000 is answered; of 90000 to 90009 three are busy.
      await found(/^3 calls$/).waitFor();
    });
    await page.getByRole('button', { name: 'Show all' }).click();
    await found(/calls loaded, more/).waitFor();
  });

  it('did nothing that its policy refuses, and threw nothing', () => {
    expect(faults).toEqual([]);
  });
});
