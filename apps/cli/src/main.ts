import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { type DefineCommand, jsonOption, type ToAction } from './command.js';
import { describeError } from './errors.js';
import { EXIT, type ExitStatus, exitStatusOf } from './exit-status.js';

interface CommandEntry {
  summary: string;
  load: () => Promise<{ define: DefineCommand }>;
}

/**
 * Only the requested command is loaded, and its action, which may load most of Outdial, only when it runs.
 */
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
    summary: 'show the results of calls',
    load: () => import('./commands/results.js'),
  },
  watch: {
    summary: 'watch calls live',
    load: () => import('./commands/watch.js'),
  },
  cancel: {
    summary: 'cancel a call job',
    load: () => import('./commands/cancel.js'),
  },
  lanes: {
    summary: 'list, limit, pause, resume and cancel lanes',
    load: () => import('./commands/lanes.js'),
  },
  labels: {
    summary: 'count and cancel the jobs of a label',
    load: () => import('./commands/labels.js'),
  },
  worker: {
    summary: 'take call jobs and place the calls',
    load: () => import('./commands/worker.js'),
  },
  gateway: {
    summary: 'serve calls, events and webhooks over HTTP',
    load: () => import('./commands/gateway.js'),
  },
  keys: {
    summary: 'create, list and revoke the API keys of the gateway',
    load: () => import('./commands/keys.js'),
  },
  lab: {
    summary: 'run a telephone network on your laptop',
    load: () => import('./commands/lab.js'),
  },
  doctor: {
    summary: 'check Redis, the configuration, drachtio, FreeSWITCH and the workers',
    load: () => import('./commands/doctor.js'),
  },
  audit: {
    summary: 'find jobs that break a promise',
    load: () => import('./commands/audit.js'),
  },
  demo: {
    summary: 'call every callee of the lab, with its own Redis, lab and worker',
    load: () => import('./commands/demo.js'),
  },
};

const EPILOGUE = `
Environment:
  OUTDIAL_REDIS_URL  redis://[user:password@]host[:port][/db] (default: that of OUTDIAL_CONFIG, else of a demo
                     that is running in this directory, else redis://127.0.0.1:6379)
  OUTDIAL_REDIS_NODES  nodes of a Redis Cluster in its place, separated by commas
  OUTDIAL_PREFIX     prefix of all keys in Redis
  OUTDIAL_CONFIG     configuration file of the worker and the gateway
  OUTDIAL_DEBUG      if set, errors are printed with their stack
  NO_COLOR, FORCE_COLOR  turn colours off or on

Exit status: 0 success, 1 failure, 2 an invalid argument, call job or file (nothing was done);
"outdial call" also 3, the call was placed and not answered.`;

/** Runs the command line and returns the exit status. */
export async function main(argv: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.ok;
  try {
    const program = await createProgram(argv, (body) => async (...args) => {
      status = await body(...args);
    });
    await program.parseAsync(argv);
    return status;
  } catch (error) {
    if (!isPrintedByCommander(error)) {
      const json = argv.includes('--json');
      process.stderr.write(
        `${describeError(error, { json, debug: process.env.OUTDIAL_DEBUG !== undefined })}\n`,
      );
    }
    return exitStatusOf(error);
  }
}

/** commander has already printed its own errors and `--help`. */
function isPrintedByCommander(error: unknown): boolean {
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
    const command = program.command(name).summary(summary).addOption(jsonOption());
    if (name === wanted) (await load()).define(command, toAction);
  }
  return program;
}
