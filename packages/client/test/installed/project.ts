import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const run = promisify(execFile);

/** An empty project outside of the workspace, into which the packed client is installed without a registry. */
export class InstalledProject {
  readonly directory = mkdtempSync(join(tmpdir(), 'outdial-installed-'));

  async install(): Promise<void> {
    const tarballs = join(this.directory, 'tarballs');
    const { stdout } = await run(process.execPath, [join(ROOT, 'scripts/pack.mjs'), tarballs]);
    const own = stdout.trim().split('\n');
    const packages = externalPackages().map((name) => join(ROOT, 'node_modules', name));
    const { stdout: packed } = await run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', tarballs, ...packages],
      { cwd: this.directory },
    );
    const filenames = Object.values(JSON.parse(packed) as Record<string, { filename: string }>);
    const external = filenames.map(({ filename }) => join(tarballs, filename));
    this.write('package.json', '{ "name": "app", "private": true }');
    await run(
      'npm',
      [
        'install',
        '--offline',
        '--omit=optional',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        ...own,
        ...external,
      ],
      { cwd: this.directory, env: { ...process.env, npm_config_cache: join(this.directory, 'npm-cache') } },
    );
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), text);
  }

  /** Runs a file with Node, and returns what it prints; warnings of Node fail it. */
  async run(path: string, ...args: string[]): Promise<string> {
    const { stdout, stderr } = await run(process.execPath, [path, ...args], { cwd: this.directory });
    if (stderr !== '') throw new Error(`${path} wrote to standard error: ${stderr}`);
    return stdout.trim();
  }

  /** Type-checks a file under some compiler options; returns what the compiler says, '' when all is well. */
  async typeCheck(path: string, options: Record<string, string>): Promise<string> {
    const config = join(dirname(path), 'tsconfig.json');
    const compilerOptions = { strict: true, noEmit: true, target: 'es2022', types: ['node'], ...options };
    this.write(config, JSON.stringify({ compilerOptions, include: ['*'] }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    return run(process.execPath, [tsc, '-p', config], { cwd: this.directory }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Everything outside of the workspace that the client needs, as the workspace has it installed, and Node's types. */
function externalPackages(): string[] {
  const found = new Set<string>();
  const add = (manifest: string) => {
    if (found.has(manifest)) return;
    found.add(manifest);
    const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    for (const dependency of Object.keys(dependencies)) {
      const isOwn = dependency.startsWith('@outdial/');
      const folder = isOwn
        ? `packages/${dependency.slice('@outdial/'.length)}`
        : `node_modules/${dependency}`;
      add(join(ROOT, folder, 'package.json'));
    }
  };
  add(join(ROOT, 'packages/client/package.json'));
  add(join(ROOT, 'node_modules/@types/node/package.json'));
  const modules = join(ROOT, 'node_modules/');
  return [...found]
    .filter((manifest) => manifest.startsWith(modules))
    .map((manifest) => dirname(manifest).slice(modules.length));
}
