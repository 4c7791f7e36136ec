import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { hasHeld, runChaos } from './chaos.js';
import { faultLine, progressLine, reportText } from './print.js';
import type { ChaosOptions } from './schedule.js';

const USAGE = `usage: npm run chaos -- [--seed N] [--jobs N] [--faults N] [--seconds N] [--json]

Places jobs (2000) to callees that keep their own log, injects faults (24) over some time (120 s), and judges
by that log and the results queue. The same seed and numbers give the same schedule.`;

const OPTIONS = {
  seed: { type: 'string' },
  jobs: { type: 'string', default: '2000' },
  faults: { type: 'string', default: '24' },
  seconds: { type: 'string', default: '120' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Resolves with the exit status: 0 when every promise held, 1 when not, 2 for options that are none. */
export async function main(args: string[]): Promise<number> {
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  const parsed = parse(args);
  if (parsed === null) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const { options, isJson } = parsed;
  if (isJson) {
    const report = await runChaos(options);
    print(JSON.stringify(report));
    return hasHeld(report) ? 0 : 1;
  }
  print(`seed ${options.seed}`);
  const report = await runChaos(options, {
    onProgress: (progress) => print(progressLine(progress)),
    onFault: (fault) => print(faultLine(fault)),
  });
  print(reportText(report));
  return hasHeld(report) ? 0 : 1;
}

function parse(args: string[]): { options: ChaosOptions; isJson: boolean } | null {
  try {
    const { values } = parseArgs({ args, options: OPTIONS });
    const options = {
      seed: Number(values.seed ?? randomInt(1_000_000)),
      jobs: Number(values.jobs),
      faults: Number(values.faults),
      seconds: Number(values.seconds),
    };
    const areNumbers = Object.values(options).every((value) => Number.isInteger(value) && value >= 0);
    return values.help || !areNumbers ? null : { options, isJson: values.json };
  } catch {
    return null;
  }
}
