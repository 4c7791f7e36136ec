import pc from 'picocolors';
import type { Check } from '../doctor/check.js';
import { examine } from '../doctor/examine.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { type JsonOption, openOutput } from '../output.js';

/** Prints every check as it is made. */
export async function runDoctor({ json }: JsonOption): Promise<ExitStatus> {
  const output = openOutput({ json });
  let problems = 0;
  for await (const check of examine()) {
    if (!check.ok) problems += 1;
    await output.record(check, () => describe(check));
  }
  output.say(problems === 0 ? 'all is well' : `${problems} ${problems === 1 ? 'problem' : 'problems'}`);
  return problems === 0 ? EXIT.ok : EXIT.failed;
}

function describe({ check, ok, found, remedy }: Check): string {
  const mark = ok ? pc.green('ok     ') : pc.red('PROBLEM');
  const line = `${mark} ${check}: ${found}`;
  return remedy === null ? line : `${line}\n        ${pc.dim('to mend it:')} ${remedy}`;
}
