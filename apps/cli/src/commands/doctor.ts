import pc from 'picocolors';
import type { DefineCommand } from '../command.js';
import { examine } from '../doctor/examine.js';
import type { Finding } from '../doctor/finding.js';
import { EXIT } from '../exit-status.js';
import { type JsonOption, openOutput } from '../output.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Checks everything that a call needs, and says of each problem what is wrong and how to mend it. Exit status 1 when anything is.',
    )
    .action(
      toAction(async ({ json }: JsonOption) => {
        const output = openOutput({ json });
        let problems = 0;
        for await (const finding of examine()) {
          if (!finding.ok) problems += 1;
          await output.record(finding, () => describe(finding));
        }
        output.say(problems === 0 ? 'all is well' : `${problems} ${problems === 1 ? 'problem' : 'problems'}`);
        return problems === 0 ? EXIT.ok : EXIT.failed;
      }),
    );
};

function describe({ check, ok, found, remedy }: Finding): string {
  const mark = ok ? pc.green('ok     ') : pc.red('PROBLEM');
  const line = `${mark} ${check}: ${found}`;
  return remedy === null ? line : `${line}\n        ${pc.dim('to mend it:')} ${remedy}`;
}
