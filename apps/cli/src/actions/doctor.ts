import type { Check } from '../doctor/check.js';
import { runChecks } from '../doctor/run-checks.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { type JsonOption, openOutput } from '../output.js';
import { colours } from '../render/colours.js';

export interface DoctorOptions extends JsonOption {
  redisOnly?: true;
}

/** Runs all checks, and prints each result as it is known. */
export async function runDoctor({ json, redisOnly }: DoctorOptions): Promise<ExitStatus> {
  const output = openOutput({ json });
  let problems = 0;
  for await (const check of runChecks({ redisOnly: redisOnly === true })) {
    if (!check.ok) problems += 1;
    await output.record(check, () => describe(check));
  }
  output.print(problems === 0 ? 'no problems' : `${problems} ${problems === 1 ? 'problem' : 'problems'}`);
  return problems === 0 ? EXIT.ok : EXIT.failed;
}

function describe({ check, ok, found, remedy }: Check): string {
  const mark = !ok
    ? colours.red('PROBLEM')
    : remedy === null
      ? colours.green('ok     ')
      : colours.yellow('warning');
  const line = `${mark} ${check}: ${found}`;
  return remedy === null ? line : `${line}\n        ${colours.dim('fix:')} ${remedy}`;
}
