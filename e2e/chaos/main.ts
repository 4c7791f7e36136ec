import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { faultLine, progressLine, reportText } from './report/print.js';
import { hasHeld, runChaos } from './run.js';
import { CHAOS_MEDIA, type ChaosOptions } from './schedule/schedule.js';

const USAGE = `usage: npm run chaos -- [--seed N] [--jobs N] [--faults N] [--seconds N] [--media KIND] [--json]

Places jobs (2000) to callees that keep their own log, injects faults (24) over some time (120 s), and judges
by that log and the results queue. The same options give the same schedule. KIND is worker, freeswitch, or mixed:
every second worker has its calls' media made by FreeSWITCH (default).`;

const OPTIONS = {
  seed: { type: 'string' },
  jobs: { type: 'string', default: '2000' },
  faults: { type: 'string', default: '24' },
  seconds: { type: 'string', default: '120' },
  media: { type: 'string', default: 'mixed' },
  json: { type: 'boolean', default: false },
} as const;

/** Resolves with the exit status: 0 when every promise held, 1 when not, 2 for options that are none. */
export async function main(args: string[]): Promise<number> {
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  if (args.includes('--help')) {
    print(USAGE);
    return 0;
  }
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
    const numbers = {
      seed: Number(values.seed ?? randomInt(1_000_000)),
      jobs: Number(values.jobs),
      faults: Number(values.faults),
      seconds: Number(values.seconds),
    };
    const areNumbers = Object.values(numbers).every((value) => Number.isInteger(value) && value >= 0);
    const media = CHAOS_MEDIA.find((kind) => kind === values.media);
    return !areNumbers || media === undefined
      ? null
      : { options: { ...numbers, media }, isJson: values.json };
  } catch {
    return null;
  }
}
