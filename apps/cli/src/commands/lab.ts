import type { DefineCommand } from '../command.js';
import type { LabCommandOptions } from '../lab/run-lab.js';
import { toPort } from '../parse-options.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Runs servers that speak the protocols of drachtio and FreeSWITCH, and callees that can be called.',
    )
    .option('--host <address>', 'the address that everything listens on', '127.0.0.1')
    .option('--drachtio-port <port>', 'the admin port of drachtio; 0 for a free port', toPort, 0)
    .option('--freeswitch-port <port>', 'the event socket of FreeSWITCH; 0 for a free port', toPort, 0)
    .option('--callees-port <port>', 'the SIP port of the callees; 0 for a free port', toPort, 0)
    .option('--callees-only', 'only the callees, for a real drachtio-server and FreeSWITCH')
    .option('--recordings <directory>', 'the files of sip:plays@lab;file=NAME.wav')
    .option('--log <file>', 'append the requests and final responses of the callees as JSON lines')
    .action(
      toAction(async (options: LabCommandOptions) => {
        const { runLab } = await import('../lab/run-lab.js');
        return runLab(options);
      }),
    );
};
