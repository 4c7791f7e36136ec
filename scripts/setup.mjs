/**
 * Sets the project up on a machine that has only Node, npm and git: npm dependencies, missing system tools,
 * and the build. Each part is done once, quietly, and says what it did; a part that is in place costs nothing.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** System tools by command: the package that brings it on Debian and on Homebrew, and commands that do as well. */
const TOOLS = {
  'redis-server': { debian: 'redis-server', homebrew: 'redis', or: [] },
  sipp: { debian: 'sip-tester', homebrew: 'sipp', or: [] },
  // Text to speech, for what plans say; it takes 5 MB to fetch.
  'espeak-ng': { debian: 'espeak-ng', homebrew: 'espeak-ng', or: [] },
  // For an example alone; it takes 3 MB to fetch.
  php: { debian: 'php-cli', homebrew: 'php', or: [] },
  chromium: { debian: 'chromium', homebrew: 'chromium', or: ['chromium-browser', 'google-chrome'] },
};

/** @typedef {keyof typeof TOOLS} Tool */

export class SetUpError extends Error {}

/**
 * Installs what is missing, then builds.
 * @param {{ tools: Tool[], folders?: string[] }} needs the system commands that the caller needs, and the folders with
 *   npm dependencies of their own, which are heavy and needed by few
 */
export function setUp({ tools, folders = [] }) {
  for (const folder of ['', ...folders]) installDependencies(folder);
  installTools(tools);
  build();
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`set-up: ${text}\n`);
}

/**
 * Runs a command quietly; what it printed is shown only when it failed.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, hint: string }} options
 */
function run(command, args, { cwd = ROOT, env = {}, hint }) {
  const done = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status === 0) return;
  const output = `${done.stdout ?? ''}${done.stderr ?? ''}`.trim() || done.error?.message;
  throw new SetUpError(`"${command} ${args.join(' ')}" failed; ${hint}\n${output}`);
}

/** @param {string} folder empty, or with a slash at its end */
function installDependencies(folder) {
  const lock = createHash('sha256')
    .update(readFileSync(`${ROOT}${folder}package-lock.json`))
    .digest('hex');
  const modules = `${ROOT}${folder}node_modules`;
  const stamp = `${modules}/.outdial-lock`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  const what = folder === '' ? 'npm dependencies' : `npm dependencies of ${folder}`;
  say(`installing ${what} (npm ci) ...`);
  run('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: `${ROOT}${folder}`,
    hint: 'check that npm reaches its registry, then run it again',
  });
  mkdirSync(modules, { recursive: true });
  writeFileSync(stamp, lock);
  say(`${what} installed`);
}

/** @param {string} command */
function isOnPath(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

/** @param {Tool[]} tools */
function installTools(tools) {
  const missing = tools.filter((tool) => ![tool, ...TOOLS[tool].or].some(isOnPath));
  if (missing.length === 0) return;
  if (isOnPath('apt-get')) installDebianPackages(missing.map((tool) => TOOLS[tool].debian));
  else if (isOnPath('brew')) installHomebrewPackages(missing.map((tool) => TOOLS[tool].homebrew));
  else
    throw new SetUpError(
      `${missing.join(' and ')} missing: install with your system's package manager, then run it again`,
    );
}

/** @param {string[]} packages */
function installDebianPackages(packages) {
  const isRoot = process.getuid?.() === 0;
  const hint = `install it by hand: ${isRoot ? '' : 'sudo '}apt-get install ${packages.join(' ')}`;
  if (!isRoot && !isOnPath('sudo')) throw new SetUpError(`missing ${packages.join(' ')}; ${hint}`);
  /** @param {string[]} args */
  const apt = (...args) => {
    // RUNLEVEL=1 keeps the package from starting a service: the project runs its own Redis.
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-qq', ...args];
    if (isRoot) run('env', command.slice(1), { hint });
    else run('sudo', command, { hint });
  };
  say(`installing ${packages.join(' ')} (apt-get) ...`);
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
  say(`${packages.join(' ')} installed`);
}

/** @param {string[]} packages */
function installHomebrewPackages(packages) {
  say(`installing ${packages.join(' ')} (brew) ...`);
  run('brew', ['install', '--quiet', ...packages], {
    hint: `install it by hand: brew install ${packages.join(' ')}`,
  });
  say(`${packages.join(' ')} installed`);
}

function build() {
  // Later builds take a second or two.
  const isFirst = !existsSync(`${ROOT}apps/cli/dist`);
  if (isFirst) say('building ...');
  run('npx', ['--no-install', 'turbo', 'run', 'build', '--output-logs=errors-only'], {
    env: { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
    hint: 'the build is broken; what the compiler said:',
  });
  if (isFirst) say('built');
}
