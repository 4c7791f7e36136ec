import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
const folders = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`),
);

interface Manifest {
  name: string;
  private?: boolean;
  keywords?: string[];
  repository?: { url: string; directory: string };
  publishConfig?: { access: string };
  files?: string[];
}

describe.each(folders)('%s', (folder) => {
  const manifest = JSON.parse(read(`${folder}/package.json`)) as Manifest;

  it('has what a registry shows: repository, keywords, files and a README', () => {
    expect(manifest.repository).toEqual({
      type: 'git',
      url: 'git+https://github.com/outdial/outdial.git',
      directory: folder,
    });
    expect(manifest.keywords?.length).toBeGreaterThan(0);
    expect(manifest.files).toContain('dist');
    expect(manifest.publishConfig).toEqual(manifest.private ? undefined : { access: 'public' });
    expect(read(`${folder}/README.md`)).toMatch(new RegExp(`^# ${manifest.name}\n`));
    if (!manifest.private) expect(read(`${folder}/LICENSE`)).toBe(read('LICENSE'));
  });

  it('has the rooms that its README names', () => {
    const rooms = read(`${folder}/README.md`).split(/^## (?:The )?[Rr]ooms$/m)[1] ?? '';
    const named = [...rooms.matchAll(/^\| `([^`]+)` \|/gm)].flatMap(([, names = '']) => names.split(', '));
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(existsSync(join(ROOT, folder, name)), name).toBe(true);
  });
});

describe('documentation', () => {
  const pages = tracked.filter((file) => file.endsWith('.md') && existsSync(join(ROOT, file)));

  it.each(pages)('%s links only to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    const missing = links.filter(
      (link) => !/^\w+:/.test(link) && !existsSync(resolve(ROOT, dirname(page), link)),
    );
    expect(missing).toEqual([]);
  });

  it('has an index that names every page', () => {
    const index = read('docs/README.md');
    const unnamed = readdirSync(join(ROOT, 'docs')).filter(
      (file) => file.endsWith('.md') && file !== 'README.md' && !index.includes(`(${file})`),
    );
    expect(unnamed).toEqual([]);
  });
});

describe('docker-compose.yml', () => {
  const text = read('docker-compose.yml');
  const { services } = parse(text) as { services: Record<string, { image?: string; build?: unknown }> };

  it('pins every image to a version', () => {
    for (const [name, { image, build }] of Object.entries(services))
      if (build === undefined) expect(image, name).toMatch(/:\d+\.\d+\.\d+/);
  });

  it('has no secrets, and refuses to start without them', () => {
    const names = read('.env.example').match(/^\w+(?==)/gm) ?? [];
    expect(names.length).toBeGreaterThan(0);
    expect(tracked.includes('.env') && existsSync(join(ROOT, '.env'))).toBe(false);
    for (const name of names) {
      expect(read('.env.example')).toMatch(new RegExp(`^${name}=$`, 'm'));
      // `:?` refuses an empty value too, so an unchanged copy of .env.example.
      expect(text).toMatch(new RegExp(`\\$\\{${name}:\\?[^}]+\\}`));
      expect(text.replaceAll(new RegExp(`\\$\\{${name}:\\?[^}]+\\}`, 'g'), '')).not.toContain(`{${name}`);
    }
  });

  it('gets random secrets from npm run secrets, which leaves an existing file as it is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'outdial-secrets-'));
    const file = join(folder, '.env');
    const write = () => spawnSync(process.execPath, [join(ROOT, 'scripts/write-secrets.mjs'), file]).status;
    try {
      expect(write()).toBe(0);
      const secrets = readFileSync(file, 'utf8');
      expect(secrets.match(/^\w+=[0-9a-f]{48}$/gm)).toHaveLength(2);
      expect(new Set(secrets.match(/[0-9a-f]{48}/g)).size).toBe(2);
      expect(statSync(file).mode & 0o077).toBe(0);
      expect(write()).toBe(1);
      expect(readFileSync(file, 'utf8')).toBe(secrets);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('CI', () => {
  it('runs what must pass before a change lands, on every supported major version of Node', () => {
    const { jobs } = parse(read('.github/workflows/ci.yml')) as {
      jobs: { check: { strategy: { matrix: { node: number[] } }; steps: { run?: string }[] } };
    };
    expect(jobs.check.strategy.matrix.node).toEqual([20, 22, 24]);
    expect(jobs.check.steps.map(({ run }) => run)).toContain('.ci/run');
  });

  it('installs from any registry: the lock file names none', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "http/);
  });
});
