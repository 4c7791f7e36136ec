import { type Command, Option } from 'commander';
import type { DefineCommand } from '../command.js';
import type { JsonOption } from '../output.js';
import { toLane, toRate } from '../parse-options.js';

const HELP = `
A key's text is printed once, when it is created; Redis has only a digest of it. Send it as
"Authorization: Bearer KEY". Scopes: calls:write places, cancels and commands calls, calls:read
sees them and what comes of them, admin may do everything.`;

const SCOPES = ['calls:write', 'calls:read', 'admin'];

export const define: DefineCommand = (command, toAction) => {
  const actions = () => import('../actions/keys.js');
  command
    .description('Lists the API keys of the gateway, creates one, or revokes one.')
    .addHelpText('after', HELP)
    .action(toAction(async (options: JsonOption) => (await actions()).listKeys(options)));
  command
    .command('list')
    .description('Lists the keys.')
    .action(toAction(async (_: unknown, own: Command) => (await actions()).listKeys(own.optsWithGlobals())));
  command
    .command('create')
    .description('Creates a key, and prints its text.')
    .argument('<name>', 'what the key is for')
    .addOption(
      new Option('--scope <scopes...>', 'what it may do')
        .choices(SCOPES)
        .default(['calls:write', 'calls:read']),
    )
    .option('--lane <lane>', 'confines it to a lane; can be repeated', addLane)
    .option('--rate <requests>', 'requests a second that it may make, or "none"', toRate, 'none')
    .action(
      toAction(async (name: string, _: unknown, own: Command) =>
        (await actions()).createKey(name, own.optsWithGlobals()),
      ),
    );
  command
    .command('revoke')
    .description('Revokes a key: it is refused from its next request on.')
    .argument('<id>', 'the id of the key, as the list has it')
    .action(
      toAction(async (id: string, _: unknown, own: Command) =>
        (await actions()).revokeKey(id, own.optsWithGlobals()),
      ),
    );
};

function addLane(text: string, former: readonly string[] = []): readonly string[] {
  return [...former, toLane(text)];
}
