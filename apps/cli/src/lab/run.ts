import { DIRECTORY, startCallees, startLab } from '@outdial/lab';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, listenForInterruption } from '../interruption.js';
import { type JsonOption, openOutput } from '../output.js';
import { whenParentIsGone } from '../parent.js';
import { calleesTelephony, labTelephony } from './configuration.js';
import { describeLab } from './describe.js';

export interface LabCommandOptions extends JsonOption {
  host: string;
  drachtioPort: number;
  freeswitchPort: number;
  calleesPort: number;
  calleesOnly?: true;
  recordings?: string;
  log?: string;
}

/** What is up, as the command prints it. */
export interface Started {
  /** Each `host:port`. */
  addresses: { drachtio?: string; freeswitch?: string; callees: string };
  telephony: object;
  stop(): Promise<void>;
}

/** Runs a lab until it is told to stop. */
export async function runLab({ json, ...options }: LabCommandOptions): Promise<ExitStatus> {
  const output = openOutput({ json, outlivesReader: true });
  const interruption = listenForInterruption();
  const orphaned = new Promise<void>((resolve) => whenParentIsGone(resolve));
  const { addresses, telephony, stop } = await start(options, output.remark);
  try {
    await output.record({ type: 'lab', ...addresses, telephony, directory: DIRECTORY }, () =>
      describeLab(addresses, telephony),
    );
    await Promise.race([aborted(interruption.signal), orphaned]);
  } finally {
    await stop();
    interruption.dispose();
  }
  return EXIT.ok;
}

async function start(options: LabCommandOptions, onProblem: (what: string) => void): Promise<Started> {
  const { host, drachtioPort, freeswitchPort, calleesPort, recordings, log } = options;
  const common = {
    host,
    onProblem,
    ...(recordings !== undefined && { recordingsDir: recordings }),
    ...(log !== undefined && { logFile: log }),
  };
  if (options.calleesOnly) {
    const callees = await startCallees({ ...common, port: calleesPort });
    const telephony = calleesTelephony(callees.sipAddress);
    return { addresses: { callees: callees.sipAddress }, telephony, stop: () => callees.stop() };
  }
  const lab = await startLab({ ...common, drachtioPort, eventSocketPort: freeswitchPort, calleesPort });
  const { drachtio, freeswitch, callees } = lab;
  return {
    addresses: { drachtio, freeswitch, callees },
    telephony: labTelephony(lab),
    stop: () => lab.stop(),
  };
}
