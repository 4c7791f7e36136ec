import { type OutdialGateway, parseGatewayConfiguration, startGateway } from '@outdial/gateway';
import { isSignedBy, type Received, type Receiver, startReceiver } from '@outdial/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepPicture, NARROW, openBoard, unreadable, WIDE, ZOOMED } from '../support/board.js';
import { inaccessible, launchBrowser, watchFaults } from '../support/browser.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let gateway: OutdialGateway;
let browser: Browser;
let page: Page;
let faults: string[];
let receiver: Receiver;
/** Of the webhook, the latest last. */
const secrets: string[] = [];

beforeAll(async () => {
  [stack, browser, receiver] = await Promise.all([Stack.start(), launchBrowser(), startReceiver()]);
  gateway = await startGateway(
    parseGatewayConfiguration({
      redis: { url: stack.redis.url },
      // A few attempts within about a second.
      gateway: {
        port: 0,
        webhooks: { allowedNetworks: ['127.0.0.1'], backoffSeconds: 0.2, retrySeconds: 1 },
      },
      logLevel: 'error',
    }),
  );
  const { text } = await gateway.keys.create({ name: 'operator', scopes: ['admin'] });
  page = await openBoard(browser, `${gateway.url}/board/webhooks`, text);
  faults = watchFaults(page);
});

afterAll(async () => {
  await browser?.close();
  await gateway?.close();
  await stack?.close();
  await receiver?.close();
});

const call = (id: string, label: string) =>
  stack.call({ id, label, callTo: 'sip:busy@lab', callFrom: '+441632960999' });
const card = () => page.getByRole('region', { name: /^billing/ });
const attempts = () => card().getByRole('table', { name: 'Attempts to deliver' }).getByRole('row');
const lastMessage = () => receiver.received.at(-1) as Received;

/** The secret that is shown, which is gone once it is put away. */
async function takeSecret(): Promise<string> {
  const secret = (await page.getByText(/whsec_/).textContent()) ?? '';
  await page.getByRole('button', { name: 'I have it' }).click();
  await page.getByText(/whsec_/).waitFor({ state: 'detached' });
  return secret;
}

async function rotate(overlap: string): Promise<void> {
  await card().getByRole('button', { name: 'Rotate secret' }).click();
  await page.getByLabel('The present secret signs').selectOption(overlap);
  expect(await inaccessible(page)).toEqual([]);
  await page.getByRole('button', { name: 'Rotate the secret' }).click();
  secrets.push(await takeSecret());
}

/** Which of the secrets have signed what is told of a new call. */
async function signers(id: string): Promise<boolean[]> {
  await call(id, 'other');
  await expect.poll(() => receiver.jobs().at(-1)).toBe(id);
  return secrets.map((secret) => isSignedBy(secret, lastMessage()));
}

describe('the board, with a receiver of webhooks that fails', () => {
  it('adds a webhook for some events, and shows its secret once', async () => {
    const form = page.getByRole('form', { name: 'New webhook' });
    await form.getByLabel('URL').fill(`${receiver.url}old`);
    await form.getByLabel('Name').fill('billing');
    await form.getByLabel('Label').fill('invoices');
    await form.getByRole('checkbox', { name: 'result' }).check();
    await form.getByRole('button', { name: 'Add' }).click();
    secrets.push(await takeSecret());
    expect(secrets[0]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    await card().getByText('result; label invoices').waitFor();
    expect(await form.getByLabel('URL').inputValue()).toBe('');
  });

  it('shows why a message was not delivered, and that it was given up', async () => {
    receiver.behave((_, response) => response.writeHead(503).end('out of order'));
    await card().getByRole('button', { name: 'Deliveries' }).click();
    await card().getByText('Nothing was delivered yet').waitFor();
    await call('told-nobody', 'other');
    await call('refused', 'invoices');
    await card().getByText('failing', { exact: true }).waitFor();
    await card()
      .getByText(/: answered 503: out of order$/)
      .waitFor();
    await expect.poll(() => receiver.received.length).toBeGreaterThan(1);
    await card()
      .getByText(/^0 pending/)
      .waitFor();
    const given = receiver.received.length;
    await card()
      .getByRole('button', { name: `Show ${given} new attempts` })
      .click();
    await expect.poll(() => attempts().count()).toBe(given + 1);
    // The latest comes first; only what was given up may be replayed.
    expect(await attempts().nth(1).textContent()).toContain(
      `abandoned, attempt ${given} answered 503: out of order`,
    );
    expect(await card().getByRole('button', { name: 'Replay' }).count()).toBe(1);
    expect(new Set(receiver.jobs())).toEqual(new Set(['refused']));
  });

  it('shows all of this to everybody, wide and narrow, light and dark', async () => {
    await card().getByRole('button', { name: 'Edit' }).click();
    for (const viewport of [NARROW, ZOOMED, WIDE])
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        expect(await inaccessible(page), `${viewport.width} ${colorScheme}`).toEqual([]);
        expect(await unreadable(page), `${viewport.width}`).toEqual([]);
        if (viewport === NARROW && colorScheme === 'dark')
          await keepPicture(page, 'webhook-narrow-dark', true);
        if (viewport === WIDE && colorScheme === 'light') await keepPicture(page, 'webhook', true);
      }
  });

  it('changes where it is called and what it is told of, and says what is refused', async () => {
    const form = card().getByRole('form', { name: 'Edit the webhook' });
    expect(await form.getByRole('checkbox', { name: 'result' }).isChecked()).toBe(true);
    await form.getByLabel('URL').fill(`${receiver.url}new`);
    await form.getByLabel('Lane').fill('no such lane');
    await form.getByRole('button', { name: 'Save' }).click();
    await card().getByRole('alert').getByText('lane').first().waitFor();
    await form.getByLabel('Lane').fill('');
    await form.getByLabel('Label').fill('');
    await form.getByRole('checkbox', { name: 'calling' }).check();
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await card().getByText('calling, result', { exact: true }).waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Edit');
  });

  it('delivers what was given up once more, when that is asked for', async () => {
    const failed = lastMessage();
    receiver.behave((_, response) => response.writeHead(204).end());
    await card().getByRole('button', { name: 'Replay' }).click();
    await card().getByRole('status').getByText(`${failed.id} is delivered once more.`).waitFor();
    await expect.poll(() => lastMessage()).toMatchObject({ path: '/new', id: failed.id });
    await card().getByRole('button', { name: 'Show 1 new attempt' }).click();
    await attempts().nth(1).getByText('delivered').waitFor();
    await card().getByText('delivering', { exact: true }).waitFor();
    await card().getByRole('button', { name: 'No new attempts' }).waitFor();
  });

  it('rotates the secret: both sign for as long as is chosen', async () => {
    await rotate('for an hour');
    await card().getByText('Signed by two secrets').waitFor();
    expect(await signers('by-both')).toEqual([true, true]);
    await rotate('no more: only the new one, from now on');
    await card().getByText('Signed by two secrets').waitFor({ state: 'detached' });
    expect(await signers('by-the-new-one')).toEqual([false, false, true]);
    await page.reload();
    await card().waitFor();
    expect(await page.getByText(/whsec_/).count()).toBe(0);
  });

  it('pauses it, and removes it once it was asked', async () => {
    await card().getByRole('button', { name: 'Pause' }).click();
    await card().getByRole('button', { name: 'Resume' }).waitFor();
    await card().getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
    await page.getByText('No webhook is told of events').waitFor();
    expect(faults).toEqual([]);
  });
});
