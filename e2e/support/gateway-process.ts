import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ApiKeys } from '@outdial/gateway/keys';
import { RedisAccess } from '@outdial/queue';

const COMMAND = fileURLToPath(new URL('../../apps/cli/bin/outdial.js', import.meta.url));

/** Gateways in processes of their own, which can be killed, and a key for them. */
export class GatewayProcesses {
  readonly #directory = mkdtempSync(join(tmpdir(), 'outdial-gateways-'));
  readonly #children: ChildProcess[] = [];
  readonly key: string;

  private constructor(redisUrl: string, key: string) {
    this.key = key;
    const webhooks = {
      ...{ allowedNetworks: ['127.0.0.1'], timeoutSeconds: 2, concurrency: 5 },
      ...{ backoffSeconds: 0.05, backoffMaxSeconds: 0.5 },
    };
    const configuration = { redis: { url: redisUrl }, gateway: { port: 0, webhooks }, logLevel: 'error' };
    // JSON is YAML.
    writeFileSync(this.#file, JSON.stringify(configuration));
  }

  static async open(redisUrl: string): Promise<GatewayProcesses> {
    const access = new RedisAccess({ redis: redisUrl });
    const { text } = await new ApiKeys(access).create({ name: 'test', scopes: ['admin'] });
    await access.close();
    return new GatewayProcesses(redisUrl, text);
  }

  async start(): Promise<{ url: string; kill(): Promise<void> }> {
    const child = spawn(process.execPath, [COMMAND, 'gateway', '--json'], {
      env: { PATH: process.env.PATH, OUTDIAL_CONFIG: this.#file },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    const lines = createInterface({ input: child.stdout });
    const [line] = (await once(lines, 'line')) as [string];
    const exited = once(child, 'exit');
    const kill = async () => {
      child.kill('SIGKILL');
      await exited;
    };
    return { url: String(JSON.parse(line).url), kill };
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true });
  }

  get #file(): string {
    return join(this.#directory, 'outdial.yaml');
  }
}
