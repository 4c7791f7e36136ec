import { type OutdialGateway, parseGatewayConfiguration, startGateway } from '@outdial/gateway';
import { startRedis } from '@outdial/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, watchFaults } from '../support/browser.js';

let redis: Awaited<ReturnType<typeof startRedis>>;
let gateway: OutdialGateway;
let browser: Browser;
beforeAll(async () => {
  [redis, browser] = await Promise.all([startRedis(), launchBrowser()]);
  gateway = await startGateway(
    parseGatewayConfiguration({ redis: { url: redis.url }, gateway: { port: 0 }, logLevel: 'error' }),
  );
});
afterAll(async () => {
  await browser.close();
  await gateway.close();
  await redis.close();
});

it('/try-it/ shows the API and makes requests with the key, from the gateway’s own files alone', async () => {
  const { text: key } = await gateway.keys.create({ name: 'try it', scopes: ['calls:read'] });
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  const faults = watchFaults(page);
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(gateway.url) && !request.url().startsWith('data:'))
      elsewhere.push(request.url());
  });
  await page.goto(`${gateway.url}/try-it`);
  await page.getByLabel('API key').fill('od_wrong');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('unknown or revoked').waitFor();

  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('Every lane, with limits and counts').first().click();
  const answered = page.waitForResponse(`${gateway.url}/v1/lanes`);
  await page.getByRole('button', { name: 'TRY' }).first().click();
  const response = await answered;
  expect(response.status()).toBe(200);
  expect(response.request().headers().authorization).toBe(`Bearer ${key}`);
  expect(await response.json()).toMatchObject({ lanes: [{ lane: 'default' }] });
  expect(elsewhere).toEqual([]);
  expect(faults).toEqual([]);
});
