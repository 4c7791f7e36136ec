/** `npm start`, `npm test`, ...: set-up, then the job itself; `set-up` alone for CI. */
import { spawn } from 'node:child_process';
import { ROOT, SetUpError, setUp } from './setup.mjs';

/** With npm dependencies of its own: only its test needs them. */
const OPENAI_AGENT = 'examples/openai-agent/';

/** @type {Record<string, { tools: import('./setup.mjs').Tool[], folders?: string[], command: string[] | null }>} */
const JOBS = {
  'set-up': {
    tools: ['redis-server', 'sipp', 'espeak-ng', 'php', 'chromium'],
    folders: [OPENAI_AGENT],
    command: null,
  },
  demo: { tools: ['redis-server', 'espeak-ng'], command: ['apps/cli/bin/outdial.js', 'demo'] },
  test: {
    tools: ['redis-server', 'sipp', 'espeak-ng', 'php', 'chromium'],
    folders: [OPENAI_AGENT],
    command: ['node_modules/vitest/vitest.mjs', 'run'],
  },
  'lsd:eval': { tools: [], command: ['packages/lsd/dist/tools/eval/main.js'] },
  chaos: { tools: ['redis-server'], command: ['e2e/chaos/main.mjs'] },
  bench: { tools: ['redis-server', 'sipp'], command: ['bench/main.mjs'] },
};

const [name = '', ...args] = process.argv.slice(2);
const job = JOBS[name];
if (job === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(JOBS).join('|')} [ARG ...]\n`);
  process.exit(2);
}
try {
  setUp(job);
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`set-up: ${error.message}\n`);
  process.exit(1);
}
if (job.command === null) process.exit(0);

const child = spawn(process.execPath, [...job.command, ...args], { cwd: ROOT, stdio: 'inherit' });
// The child gets the terminal's own Ctrl-C; a signal sent to this process alone is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
