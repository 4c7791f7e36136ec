import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();

/** The same example in several languages, each with its standard library alone. */
const EXAMPLES = [
  { command: 'python3', file: 'place_a_call.py' },
  { command: 'php', file: 'place_a_call.php' },
];

async function start(command: string, file: string, ...args: string[]) {
  const gateway = await gateways.start();
  const key = await gateways.keyFor(gateway, { scopes: ['calls:write', 'calls:read'] });
  const path = fileURLToPath(new URL(`../../../../examples/http/${file}`, import.meta.url));
  const child = spawn(command, [path, ...args], {
    env: { ...process.env, OUTDIAL_URL: gateway.url, OUTDIAL_KEY: key },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  gateways.onEnd(async () => child.kill());
  return {
    child,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    stderr: text(child.stderr),
  };
}

describe.each(EXAMPLES)('examples/http/$file', ({ command, file }) => {
  const isInstalled = spawnSync(command, ['--version']).error === undefined;

  it('places a call and prints its result', async ({ skip }) => {
    skip(!isInstalled, `${command} is not installed`);
    const { child, lines } = await start(command, file, 'sip:a@b');
    const [, id = ''] = /^placed (\S+)$/.exec(String((await lines.next()).value)) ?? [];
    const exited = once(child, 'exit');
    await gateways.queue().cancel(id);
    expect((await lines.next()).value).toMatch(/^result IDLE [A-Z]+ UNKNOWN$/);
    expect(await exited).toEqual([0, null]);
  });

  it('says why a call was refused', async ({ skip }) => {
    skip(!isInstalled, `${command} is not installed`);
    const { child, stderr } = await start(command, file, 'tel:+441632960001');
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(await stderr).toMatch(/^error \[INVALID_JOB: .*callFrom/);
  });
});
