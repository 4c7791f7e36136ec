import type { DefineCommand } from '../command.js';
import type { LabCommandOptions } from '../lab/run.js';
import { toPort } from '../option-values.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description('Runs a switch that speaks the protocols of drachtio and FreeSWITCH, and callees to ring.')
    .option('--host <address>', 'where everything listens', '127.0.0.1')
    .option('--drachtio-port <port>', "drachtio's admin port; 0: any free one", toPort, 0)
    .option('--freeswitch-port <port>', "FreeSWITCH's event socket; 0: any free one", toPort, 0)
    .option('--callees-port <port>', "the callees' SIP port; 0: any free one", toPort, 0)
    .option('--callees-only', 'no switch: callees for a real drachtio-server and FreeSWITCH to ring')
    .option('--recordings <directory>', 'where sip:plays@lab;file=NAME.wav finds its files')
    .option('--log <file>', 'append every request and final response at the callees, as JSON lines')
    .action(
      toAction(async (options: LabCommandOptions) => {
        const { runLab } = await import('../lab/run.js');
        return runLab(options);
      }),
    );
};
