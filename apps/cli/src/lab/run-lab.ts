import { DIRECTORY, startCallees, startLab } from '@outdial/lab';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, openInterruption } from '../interruption.js';
import { type JsonOption, openOutput } from '../output.js';
import { onParentExit } from '../parent-process.js';
import { calleesTelephony, labTelephony } from './configuration.js';
import { labText } from './lab-text.js';

export interface LabCommandOptions extends JsonOption {
  host: string;
  drachtioPort: number;
  freeswitchPort: number;
  calleesPort: number;
  calleesOnly?: true;
  recordings?: string;
  log?: string;
}

/** A running lab. */
export interface RunningLab {
  /** Each `host:port`. */
  addresses: { drachtio?: string; freeswitch?: string; callees: string };
  telephony: object;
  close(): Promise<void>;
}

/** Runs a lab until it is asked to stop. */
export async function runLab({ json, ...options }: LabCommandOptions): Promise<ExitStatus> {
  const output = openOutput({ json, outlivesReader: true });
  const interruption = openInterruption();
  const orphaned = new Promise<void>((resolve) => onParentExit(resolve));
  const { addresses, telephony, close } = await start(options, output.note);
  try {
    await output.record({ type: 'lab', ...addresses, telephony, directory: DIRECTORY }, () =>
      labText(addresses, telephony),
    );
    await Promise.race([aborted(interruption.signal), orphaned]);
  } finally {
    await close();
    interruption.close();
  }
  return EXIT.ok;
}

async function start(options: LabCommandOptions, onProblem: (what: string) => void): Promise<RunningLab> {
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
    return { addresses: { callees: callees.sipAddress }, telephony, close: () => callees.close() };
  }
  const lab = await startLab({ ...common, drachtioPort, eventSocketPort: freeswitchPort, calleesPort });
  const { drachtio, freeswitch, callees } = lab;
  return {
    addresses: { drachtio, freeswitch, callees },
    telephony: labTelephony(lab),
    close: () => lab.close(),
  };
}
