import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { DefineCommand, ToAction } from './command.js';
import { describeError } from './errors.js';
import { EXIT, type ExitStatus, exitStatusOf } from './exit-status.js';

interface CommandEntry {
  summary: string;
  load: () => Promise<{ define: DefineCommand }>;
}

/** Each is loaded only when it is asked for, and what it does (half of Outdial, for most) only when it is to be done. */
const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  call: {
    summary: 'place one call and show how it goes',
    load: () => import('./commands/call.js'),
  },
  enqueue: {
    summary: 'queue the call jobs of a campaign file',
    load: () => import('./commands/enqueue.js'),
  },
  results: {
    summary: 'take results from the results queue',
    load: () => import('./commands/results.js'),
  },
  watch: {
    summary: 'watch calls as they change',
    load: () => import('./commands/watch.js'),
  },
  cancel: {
    summary: 'cancel a call job, wherever it is',
    load: () => import('./commands/cancel.js'),
  },
  worker: {
    summary: 'take call jobs and place the calls',
    load: () => import('./commands/worker.js'),
  },
  lab: {
    summary: 'a telephone network on your laptop',
    load: () => import('./commands/lab.js'),
  },
  doctor: {
    summary: 'check Redis, the configuration, drachtio, FreeSWITCH and the workers',
    load: () => import('./commands/doctor.js'),
  },
  audit: {
    summary: 'find every job that breaks a promise',
    load: () => import('./commands/audit.js'),
  },
  demo: {
    summary: 'call everybody in the lab, with a Redis, a lab and a worker of its own',
    load: () => import('./commands/demo.js'),
  },
};

const EPILOGUE = `
Environment:
  OUTDIAL_REDIS_URL  redis://[user:password@]host[:port][/db] (default: that of OUTDIAL_CONFIG, else of a demo
                     that is up in this directory, else redis://127.0.0.1:6379)
  OUTDIAL_PREFIX     prefix of every key in Redis
  OUTDIAL_CONFIG     the worker's configuration file
  OUTDIAL_DEBUG      set: errors come with their stack

Exit status: 0 it worked, 1 it went wrong, 2 what was asked for is malformed and nothing was done;
of "outdial call" also 3: the call was placed and not answered.`;

/** Runs the command line and answers the exit status. */
export async function main(argv: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.ok;
  try {
    const program = await createProgram(argv, (body) => async (...args) => {
      status = await body(...args);
    });
    await program.parseAsync(argv);
    return status;
  } catch (error) {
    if (!isCommanders(error)) {
      const json = argv.includes('--json');
      process.stderr.write(
        `${describeError(error, { json, debug: process.env.OUTDIAL_DEBUG !== undefined })}\n`,
      );
    }
    return exitStatusOf(error);
  }
}

/** commander has told of its own errors (and of `--help`) already. */
function isCommanders(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}

async function createProgram(argv: readonly string[], toAction: ToAction): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const program = new Command('outdial')
    .description('Outbound calls from a queue: place them, watch them, get one result for each.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', EPILOGUE);
  // `outdial call ...`, and `outdial help call` too.
  const wanted = argv.slice(2).find((arg) => Object.hasOwn(COMMANDS, arg));
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program
      .command(name)
      .summary(summary)
      .option('--json', 'print JSON lines instead of text');
    if (name === wanted) (await load()).define(command, toAction);
  }
  return program;
}
