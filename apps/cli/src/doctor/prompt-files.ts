import {
  callJobSchema,
  fillStep,
  type PlanStep,
  sourcesOf,
  stepsOf,
  type ValueLookup,
  valuesOf,
} from '@outdial/contract';
import type { Session } from '../queue/session.js';
import { type Check, failed, passed } from './check.js';
import type { EventSocket } from './event-socket.js';

/** How many waiting jobs of each lane are examined. */
const JOBS_PER_LANE = 200;
/** How many files are checked at each FreeSWITCH. */
const MAX_FILES = 100;
const MAX_FILES_NAMED = 5;

/** The files that waiting jobs play, without duplicates. Streams (`tone_stream://...`) are not files. */
export async function promptFiles({ inspection }: Session): Promise<string[]> {
  const files = new Set<string>();
  for (const lane of await inspection.lanes()) {
    for (const job of await inspection.peekWaiting(lane, JOBS_PER_LANE)) {
      for (const source of playedBy(job)) if (!/^\w+:/.test(source)) files.add(source);
    }
  }
  return [...files].sort();
}

function playedBy(job: unknown): string[] {
  const parsed = callJobSchema.safeParse(job);
  if (!parsed.success) return [];
  const lookup = valuesOf({ job: parsed.data, digits: {} });
  return stepsOf(parsed.data).flatMap((step) => sourcesKnown(step, lookup));
}

/** What a step plays; nothing where only the call will tell. */
function sourcesKnown(step: PlanStep, lookup: ValueLookup): readonly string[] {
  try {
    return sourcesOf(fillStep(step, lookup));
  } catch {
    return [];
  }
}

/** Checks that the files exist where FreeSWITCH reads them: on its own host, relative ones below its sounds folder. */
export async function checkPromptFiles(
  server: string,
  files: readonly string[],
  eventSocket: EventSocket,
): Promise<Check> {
  const check = `${server} prompt files`;
  const folder = await soundsFolder(eventSocket);
  const where = `they must be on the host of FreeSWITCH, relative ones below ${folder}`;
  if (files.length === 0) return passed(check, `waiting jobs play none; ${where}`);
  const checked = files.slice(0, MAX_FILES);
  const missing: string[] = [];
  for (const file of checked) {
    const path = file.startsWith('/') ? file : `${folder}/${file}`;
    if ((await eventSocket.ask(`file_exists ${path}`)).trim() !== 'true') missing.push(path);
  }
  if (missing.length === 0) {
    const counted = checked.length === files.length ? 'all' : `the first ${checked.length} of`;
    return passed(check, `${counted} ${files.length} that waiting jobs play exist; ${where}`);
  }
  const named = missing.slice(0, MAX_FILES_NAMED).join(', ');
  const more = missing.length > MAX_FILES_NAMED ? ` and ${missing.length - MAX_FILES_NAMED} more` : '';
  return failed(
    check,
    `waiting jobs play files that do not exist there: ${named}${more}`,
    `copy them to the host of FreeSWITCH, or mount the folder in its container; ${where}`,
  );
}

async function soundsFolder(eventSocket: EventSocket): Promise<string> {
  for (const name of ['sound_prefix', 'sounds_dir']) {
    const value = (await eventSocket.ask(`global_getvar ${name}`)).trim();
    if (value.startsWith('/')) return value;
  }
  return '/usr/share/freeswitch/sounds';
}
