/// <reference lib="dom" />
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OutdialGateway, parseGatewayConfiguration, startGateway } from '@outdial/gateway';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepPicture, NARROW, openBoard, unreadable, WIDE, ZOOMED } from '../support/board.js';
import { inaccessible, launchBrowser, watchFaults } from '../support/browser.js';
import { Stack } from '../support/stack.js';

const CALLEES = ['human', 'business', 'voicemail-short', 'busy', 'rejects', 'fax', 'not-found', 'no-answer'];
/** More than are dialled while the screens are looked at, on a busy machine too. */
const JOBS = 1500;

let stack: Stack;
/** Of recordings. */
let directory: string;
let gateway: OutdialGateway;
let browser: Browser;
let key: string;
let page: Page;
let faults: string[];

const open = (path: string, text = key) => openBoard(browser, `${gateway.url}/board${path}`, text);

const go = (path: string) => page.goto(`${gateway.url}/board${path}`);

beforeAll(async () => {
  [stack, browser] = await Promise.all([Stack.start({ withWorker: false }), launchBrowser()]);
  directory = mkdtempSync(join(tmpdir(), 'outdial-board-'));
  await stack.startWorker({
    telephony: { ...stack.configuration().telephony, media: 'auto', recordings: { directory } },
  });
  gateway = await startGateway(
    parseGatewayConfiguration({
      redis: { url: stack.redis.url },
      gateway: { port: 0, recordings: { directory } },
      logLevel: 'error',
    }),
  );
  ({ text: key } = await gateway.keys.create({ name: 'wall screen', scopes: ['admin'] }));
  // A campaign that goes on for as long as the screens are looked at.
  await stack.queue.setLaneLimits('default', { callsPerSecond: 4 });
  await stack.queue.addBulk(
    Array.from({ length: JOBS }, (_, place) => ({
      id: `renewal-${place}`,
      callTo: `sip:${CALLEES[place % CALLEES.length]}@lab`,
      callFrom: '+441632960999',
      label: place % 3 === 0 ? 'survey' : 'spring-renewals',
      secondsTimeout: 6,
      liveSpeakerDetect: 'DEFAULT' as const,
      capture: { sip: true, heardSeconds: 10 },
      recordCall: place === 2 ? 'whole' : null,
    })),
  );
  await stack.event('renewal-2', 'ended');
  page = await open('/');
  faults = watchFaults(page);
});

afterAll(async () => {
  await browser?.close();
  await gateway?.close();
  await stack?.queue.cancelLane('default');
  await stack?.close();
  rmSync(directory, { recursive: true, force: true });
});

const SCREENS = [
  { name: 'now', path: '/', shows: () => page.getByRole('img', { name: /Calls begun/ }) },
  { name: 'calls', path: '/calls', shows: () => page.getByRole('link', { name: 'sip:human@lab' }).first() },
  { name: 'call', path: '/calls/renewal-2', shows: () => page.getByRole('heading', { name: 'Verdict' }) },
  { name: 'lanes', path: '/lanes', shows: () => page.getByRole('link', { name: 'spring-renewals' }) },
  { name: 'workers', path: '/workers', shows: () => page.getByText('up', { exact: true }).first() },
  { name: 'webhooks', path: '/webhooks', shows: () => page.getByRole('button', { name: 'Add' }) },
  { name: 'audit', path: '/audit', shows: () => page.getByText('createWebhook') },
  { name: 'try', path: '/try', shows: () => page.getByRole('button', { name: 'Place the call' }) },
];

describe('the board, during a campaign', () => {
  it('lets those in who have a key, and keeps them in until they log out', async () => {
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(`${gateway.url}/board/calls`);
    await stranger.getByLabel('API key').fill('od_wrong');
    await stranger.getByRole('button', { name: 'Log in' }).click();
    await stranger.getByRole('alert').getByText('this API key is unknown').waitFor();
    expect(await inaccessible(stranger)).toEqual([]);
    await stranger.getByLabel('API key').fill(key);
    await stranger.getByRole('button', { name: 'Log in' }).click();
    await stranger.getByRole('heading', { name: 'Calls' }).waitFor();
    await stranger.reload();
    await stranger.getByRole('heading', { name: 'Calls' }).waitFor();
    expect(await stranger.evaluate(() => document.cookie)).toBe('');
    await stranger.getByRole('button', { name: 'Log out' }).click();
    await stranger.getByLabel('API key').waitFor();
    await stranger.reload();
    await stranger.getByLabel('API key').waitFor();
    await stranger.context().close();
  });

  it('shows what was captured of a call: its SIP messages, and how loud the callee was', async () => {
    await go('/calls/renewal-2');
    await page.getByRole('img', { name: /^Loudness of the first/ }).waitFor();
    const bars = (await page.locator('.waveform path').getAttribute('d')) ?? '';
    const heights = [...bars.matchAll(/v([\d.]+)h/g)].map(([, height]) => Number(height));
    // A mailbox that greets is heard for seconds, and pauses.
    expect(heights.length).toBeGreaterThan(100);
    expect(Math.max(...heights)).toBeGreaterThan(10);
    expect(Math.min(...heights)).toBeLessThan(2);
    const seconds = await page.getByLabel('Recording whole').evaluate(async (audio: HTMLAudioElement) => {
      const loaded = new Promise((resolve, reject) => {
        audio.onloadedmetadata = resolve;
        audio.onerror = () => reject(audio.error);
      });
      audio.preload = 'metadata';
      audio.load();
      await loaded;
      return audio.duration;
    });
    expect(seconds).toBeGreaterThan(1);
    const messages = await page.locator('.message-line').allTextContents();
    expect(messages[0]).toMatch(/^sent: INVITE sip:voicemail-short@/);
    expect(messages).toContain('received: 200 OK');
    expect(messages.some((message) => message.startsWith('sent: BYE'))).toBe(true);
    await page.locator('.messages summary').first().click();
    await page
      .getByText(/Call-ID: /)
      .first()
      .waitFor();
    const captured = async (scopes: Array<'calls:read' | 'numbers:read'>) => {
      const { text } = await gateway.keys.create({ name: 'reader', scopes });
      const answer = await fetch(`${gateway.url}/v1/calls/renewal-2/capture`, {
        headers: { authorization: `Bearer ${text}` },
      });
      return (await answer.json()) as { isMasked: boolean; sip: Array<{ text: string }> };
    };
    const [masked, whole] = [await captured(['calls:read']), await captured(['calls:read', 'numbers:read'])];
    expect([masked.isMasked, whole.isMasked]).toEqual([true, false]);
    expect(JSON.stringify(whole.sip)).toContain('441632960999');
    expect(JSON.stringify(masked.sip)).not.toContain('441632960999');
    expect(JSON.stringify(masked.sip)).toContain('+44*****0999');
  });

  it('draws the SIP messages at their moments, as arrows that lead to their texts', async () => {
    await go('/calls/renewal-2');
    const ladder = page.getByRole('list', { name: 'SIP messages on the time axis' });
    await ladder.waitFor();
    const items = await ladder.getByRole('listitem').all();
    const names = await Promise.all(items.map(async (item) => (await item.getAttribute('title')) ?? ''));
    expect(names[0]).toMatch(/^sent after \d+ ms: INVITE sip:voicemail-short@/);
    expect(names.at(-1)).toMatch(/^received after [\d.]+ s: 200 OK$/);
    const left = async (locator: Locator) => (await locator.boundingBox())?.x ?? 0;
    const pole = (name: RegExp) => ladder.getByRole('listitem').filter({ hasText: name }).first();
    // An arrow may stand aside for those before it.
    const answered = await left(page.locator('.axis-up'));
    const accepted = await left(pole(/received after .*: 200 OK/));
    expect(Math.abs(accepted - answered)).toBeLessThan(40);
    expect(await left(pole(/^INVITE/))).toBeLessThan(accepted);
    expect(await left(pole(/^BYE/))).toBeGreaterThan(accepted + 100);
    const boxes = await ladder.getByRole('link').evaluateAll((links) =>
      links.map((link) => {
        const { left, right, top, bottom } = link.getBoundingClientRect();
        return { left, right, top, bottom };
      }),
    );
    expect(boxes).toHaveLength(names.length);
    const hidden = boxes.filter((one, place) =>
      boxes
        .slice(0, place)
        .some(
          (other) =>
            one.left < other.right &&
            other.left < one.right &&
            one.top < other.bottom &&
            other.top < one.bottom,
        ),
    );
    expect(hidden).toEqual([]);
    await ladder.getByRole('link', { name: /BYE/ }).focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('BYE sip:');
    await page
      .locator('details[open] pre')
      .getByText(/^BYE sip:/)
      .waitFor();
    const verdict = page.getByRole('list', { name: 'What was detected' }).getByRole('listitem');
    expect(await verdict.allTextContents()).toEqual([expect.stringContaining('answer machine (voicemail)')]);
    await verdict.getByText('the beep of an answering machine').first().waitFor();
  });

  it('shows what its key may see', async () => {
    const { text } = await gateway.keys.create({
      name: 'reader',
      scopes: ['calls:read'],
      lanes: ['default'],
    });
    const reader = await open('/lanes', text);
    await reader.getByRole('heading', { name: 'default' }).waitFor();
    const screens = reader.getByRole('navigation', { name: 'Screens' }).getByRole('link');
    expect(await screens.allTextContents()).toEqual(['Now', 'Calls', 'Lanes']);
    expect(await reader.getByRole('button', { name: /Pause default|Cancel/ }).count()).toBe(0);
    await reader.context().close();
  });

  it('is told of events by webhooks, whose secret is shown once', async () => {
    await go('/webhooks');
    await page.getByLabel('URL').fill('https://127.0.0.1:9/calls');
    await page.getByLabel('Name').fill('billing');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText(/whsec_/).waitFor();
    await page.getByRole('heading', { name: /billing/ }).waitFor();
  });

  for (const { name, path, shows } of SCREENS)
    it(`shows ${name} to everybody: wide, narrow and zoomed to 200 %, light and dark`, async () => {
      const isWhole = name === 'call';
      for (const [size, viewport] of Object.entries({ wide: WIDE, narrow: NARROW, zoomed: ZOOMED })) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme: 'light' });
        await go(path);
        await shows().waitFor();
        expect(await inaccessible(page), `${name} ${size}`).toEqual([]);
        expect(await unreadable(page), `${name} ${size}`).toEqual([]);
        if (size === 'wide') await keepPicture(page, name, isWhole);
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await inaccessible(page), `${name} ${size} dark`).toEqual([]);
        if (size === 'narrow') await keepPicture(page, `${name}-narrow-dark`, isWhole);
      }
      await page.setViewportSize(WIDE);
      await page.emulateMedia({ colorScheme: 'light' });
    });

  it('follows what happens, in the viewer’s zone, without a shift, until it is paused', async () => {
    await go('/');
    const dialled = page.getByRole('list').filter({ hasText: 'Dialled' }).locator('.share-count').first();
    await dialled.waitFor();
    await page.evaluate(() => {
      const shifts: number[] = [];
      Object.assign(globalThis, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
      }).observe({ type: 'layout-shift' });
    });
    const before = Number(await dialled.textContent());
    await expect.poll(async () => Number(await dialled.textContent())).toBeGreaterThan(before);
    // A number that grows by a digit moves its own first digit; nothing else may move (0.1 counts as good).
    const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts);
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.005);
    await page.getByText('Times in Asia').waitFor();

    await page.getByRole('button', { name: 'Pause updates' }).click();
    await page.getByRole('button', { name: 'Updates are paused' }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const paused = await dialled.textContent();
    // The gateway has counted more, and the page has not asked.
    const total = async () => {
      const answer = await fetch(`${gateway.url}/v1/now`, { headers: { authorization: `Bearer ${key}` } });
      return ((await answer.json()) as { funnel: { dialled: number } }).funnel.dialled;
    };
    await expect.poll(total).toBeGreaterThan(Number(paused) + 3);
    expect(await dialled.textContent()).toBe(paused);
    expect(asked).toEqual([]);
    await page.getByRole('button', { name: 'Updates are paused' }).click();
    await expect.poll(async () => Number(await dialled.textContent())).toBeGreaterThan(Number(paused) + 3);
  });

  it('finds calls as one types, and new ones wait while the list is pointed at', async () => {
    await go('/calls');
    await page.getByRole('link', { name: 'sip:human@lab' }).first().waitFor();
    const first = page.locator('[data-place="0"] a');
    await page.getByRole('table', { name: 'Calls' }).hover();
    const name = await first.getAttribute('title');
    const show = page.getByRole('button', { name: /Show \d+ new call/ });
    await show.waitFor();
    expect(await first.getAttribute('title')).toBe(name);
    await page.getByLabel('Find').hover();
    await expect.poll(() => first.getAttribute('title')).not.toBe(name);

    await page.getByLabel('Find').pressSequentially('RENEWAL-149');
    // 149, and 1490 to 1499.
    await page
      .getByRole('status')
      .getByText(/^11 calls$/)
      .waitFor();
    expect(page.url()).toContain('text=RENEWAL-149');
    await page.getByLabel('Phase').selectOption('waiting');
    await page
      .getByRole('status')
      .getByText(/^1[01] calls$/)
      .waitFor();
    await page.getByLabel('Find').pressSequentially('x');
    await page.getByText('No call fits').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.locator('[data-place="0"] a').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate(() => document.activeElement?.closest<HTMLElement>('tr')?.dataset.place)).toBe(
      '2',
    );
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Call to/ }).waitFor();
  });

  it('saves a call as one file, which needs nothing else', async () => {
    await go('/calls/renewal-2');
    await page.getByRole('heading', { name: 'Verdict' }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as HTML' }).click(),
    ]);
    const html = readFileSync(await download.path(), 'utf8');
    expect(html).toContain('answer machine');
    expect(html).toContain('axis-bar axis-up');
    expect(html).toMatch(/<a [^>]*href="#sip-message-0"/);
    expect(html).not.toMatch(/<script|<button|<link|src=|href="[^#]/);
  });

  it('shows and exports captured numbers to those alone who may see them', async () => {
    const { text } = await gateway.keys.create({ name: 'reader', scopes: ['calls:read'] });
    const reader = await open('/calls/renewal-2', text);
    await reader.getByText('Numbers are masked').waitFor();
    const [download] = await Promise.all([
      reader.waitForEvent('download'),
      reader.getByRole('button', { name: 'Export as HTML' }).click(),
    ]);
    const html = readFileSync(await download.path(), 'utf8');
    const [, captured = ''] = html.split('<h2>SIP messages</h2>');
    expect(captured).toContain('+44*****0999');
    expect(captured).not.toContain('441632960999');
    await reader.context().close();
  });

  it('tells of a call that is not known', async () => {
    await go('/calls/nobody');
    await page.getByText('This call is not known').waitFor();
  });

  it('places a call, and shows it until its end', async () => {
    await go('/try');
    await page.getByLabel('Call', { exact: true }).fill('tel:+441632960009');
    await page.getByRole('button', { name: 'Place the call' }).click();
    await page.getByRole('alert').getByText('callFrom').first().waitFor();
    await page.getByLabel('Call', { exact: true }).fill('sip:busy@lab');
    await page.getByLabel('Lane').fill('trial');
    await page.getByRole('button', { name: 'Place the call' }).click();
    await page.getByText('no worker').first().waitFor();
    await page.getByText('nobody has been dialled').waitFor();
    await page.getByRole('link', { name: 'Open the call by itself' }).click();
    await page.getByRole('button', { name: 'Cancel the call' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the call' }).click();
    await page.getByText('Nobody was dialled').waitFor();
  });

  it('pauses a lane, and cancels its calls once it was asked', async () => {
    await go('/lanes');
    await page.getByRole('button', { name: 'Pause default' }).click();
    await page.getByRole('button', { name: 'Resume default' }).waitFor();
    await expect.poll(() => stack.queue.laneSettings('default')).toMatchObject({ isPaused: true });
    await page.getByRole('button', { name: 'Cancel calls of the label survey' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await inaccessible(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await stack.queue.labelCounts('survey')).waiting).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Cancel calls of the label survey' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Cancel \d+ calls$/ })
      .click();
    await page.getByText(/were never dialled/).waitFor();
    await expect.poll(async () => (await stack.queue.labelCounts('survey')).waiting).toBe(0);
  });

  it('runs an audit', async () => {
    await go('/audit');
    await page.getByRole('button', { name: 'Run an audit' }).click();
    await page.getByText('all kept').waitFor();
  });

  it('did nothing that its policy refuses, and threw nothing', () => {
    expect(faults).toEqual([]);
  });
});
