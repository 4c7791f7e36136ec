import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseGatewayConfiguration, startGateway } from '@outdial/gateway';
import { freePort } from '@outdial/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readFileSync(new URL('../../docs/quickstart-http.md', import.meta.url), 'utf8');
/** The commands of the page, in order. */
const COMMANDS = [...PAGE.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands);
const [PLACE = '', READ = '', CREATE = '', RECEIVE = '', PLACE_ANOTHER = '', BOARD = ''] = COMMANDS;

let stack: Stack;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let shell: Shell;
beforeAll(async () => {
  stack = await Stack.start();
  gateway = await startGateway(
    parseGatewayConfiguration({
      redis: { url: stack.redis.url },
      gateway: { port: 0, webhooks: { allowedNetworks: ['127.0.0.1'] } },
      logLevel: 'error',
    }),
  );
  const { text } = await gateway.keys.create({ name: 'quickstart', scopes: ['admin'] });
  shell = new Shell();
  await shell.run(`URL=${gateway.url}\nKEY=${text}`);
});
afterAll(async () => {
  shell.close();
  await gateway.close();
  await stack.close();
});

/** A terminal: what one command sets, the next one has. */
class Shell {
  readonly #process = spawn('bash', { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  readonly #lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();

  /** Runs commands, and answers what they print until they are done. */
  async run(commands: string): Promise<string> {
    this.#process.stdin.write(`${commands}\nprintf '\\ndone\\n'\n`);
    const printed: string[] = [];
    for (let line = await this.line(); line !== 'done'; line = await this.line()) printed.push(line);
    return printed.join('\n').trim();
  }

  async line(): Promise<string> {
    return String((await this.#lines.next()).value);
  }

  /** With what it has started. */
  close(): void {
    if (this.#process.pid !== undefined) process.kill(-this.#process.pid);
  }
}

it('docs/quickstart-http.md places a call, gets its webhook verified, and has it on the board', async () => {
  expect(COMMANDS).toHaveLength(6);
  expect(JSON.parse(await shell.run(PLACE))).toMatchObject({ id: 'hello-1', wasQueuedBefore: false });
  await expect
    .poll(async () => JSON.parse(await shell.run(READ)).result)
    .toMatchObject({ state: 'ANSWERED', farEndType: 'LIVE' });

  const port = String(await freePort());
  await shell.run(CREATE.replaceAll('8081', port));
  expect(await shell.run('echo $SECRET')).toMatch(/^whsec_/);
  await shell.run(RECEIVE.replaceAll('8081', port));
  await expect.poll(() => shell.line()).toMatch(/^listening on/);
  await shell.run(PLACE_ANOTHER);
  const [, message = ''] = /^```\n(verified .*)\n```$/m.exec(PAGE) ?? [];
  expect(await shell.line()).toBe(message);

  expect(await shell.run(BOARD)).toContain('<title>');
});
