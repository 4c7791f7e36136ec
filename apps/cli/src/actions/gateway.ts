import { loadGatewayConfiguration, startGateway } from '@outdial/gateway';
import { captureConsole, createLogger } from '@outdial/service';
import { workerEnvironment } from '../demo/worker-environment.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, openInterruption } from '../interruption.js';
import { type JsonOption, openOutput } from '../output.js';
import { onParentExit } from '../parent-process.js';

/** Runs a gateway until it is asked to stop. */
export async function runGateway({ json }: JsonOption): Promise<ExitStatus> {
  const output = openOutput({ json, outlivesReader: true });
  const configuration = loadGatewayConfiguration(workerEnvironment(process.env));
  const interruption = openInterruption();
  const orphaned = new Promise<void>((resolve) => onParentExit(resolve));
  const logger = createLogger(configuration.logLevel);
  captureConsole(logger);
  const gateway = await startGateway(configuration, { logger });
  await output.record({ type: 'ready', url: gateway.url }, () => `gateway listens at ${gateway.url}`);
  await Promise.race([aborted(interruption.signal), orphaned]);
  output.print('stopping: requests in progress can finish');
  await gateway.close();
  interruption.close();
  return EXIT.ok;
}
