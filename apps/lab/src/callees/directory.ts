/** What a call to a callee comes to, in the words of a call result. */
export interface ExpectedOutcome {
  state: 'ANSWERED' | 'IDLE';
  cause: string;
  /** The final SIP status of the INVITE; null where there is none, or where it does not matter. */
  sipStatus: number | null;
  farEndType: 'LIVE' | 'ANSWER_MACHINE' | 'FAX_MACHINE' | 'UNKNOWN';
}

/** A line of the lab's telephone directory. */
export interface DirectoryEntry {
  /** The user part of its address: `sip:human@lab`. */
  name: string;
  /** Its telephone number, in a range kept for fiction; null for one that needs parameters of a SIP address. */
  number: string | null;
  does: string;
  /**
   * Of a job with `liveSpeakerDetect: 'TIMEOUT_FROM_ANSWER_DETECT'`, a `secondsTimeout` of 3 to 60 and, where the
   * callee asks for them, `CREDENTIALS`. Null where it depends on what is played.
   */
  expected: ExpectedOutcome | null;
}

/** What `challenge` wants to see. */
export const CREDENTIALS = { realm: 'lab', username: 'outdial', password: 'let-me-in' } as const;

const LIVE = answered('LIVE');
const MACHINE = answered('ANSWER_MACHINE');

/** Every callee of the lab. */
export const DIRECTORY: readonly DirectoryEntry[] = [
  line('human', 1, 'Rings 0.5 s, answers, says hello once and waits; hangs up after 20 s.', LIVE),
  line('human-twice', 2, 'As `human`, but asks again when nobody says a word.', LIVE),
  line('human-noisy', 3, 'As `human`, in a busy room.', LIVE),
  line('business', 4, 'Answers with the name of a company and of the speaker, in 1.8 s.', LIVE),
  line('voicemail', 5, 'Plays a greeting of 7 s and a beep of 400 ms, then records.', MACHINE),
  line('voicemail-no-beep', 6, 'Plays a greeting of 7.5 s, then records without a beep.', MACHINE),
  line('voicemail-short', 7, 'Says "Leave a message after the beep", beeps, then records.', MACHINE),
  line('fax', 8, 'A fax machine: 2100 Hz with phase reversals, then V.21.', answered('FAX_MACHINE')),
  line('busy', 9, 'Rejects with 486.', refused('BUSY', 486)),
  line('no-answer', 10, 'Rings until the caller cancels (or for 180 s, then 480).', refused('TIMEOUT', null)),
  line('rejects', 11, 'Rings, then rejects with 603.', refused('REJECTED', 603)),
  line(
    'not-found',
    12,
    'Rejects with 404, as every user that is not in this list.',
    refused('UNOBTAINABLE', 404),
  ),
  line('gone', 13, 'Rejects with 410.', refused('CHANGED', 410)),
  line('congestion', 14, 'Rejects with 503 and `Retry-After: 5`.', refused('CONGESTION', 503)),
  line(
    'challenge',
    15,
    `Challenges with 407 (user \`${CREDENTIALS.username}\`, password \`${CREDENTIALS.password}\`), then is \`human\`; 403 for wrong credentials.`,
    LIVE,
  ),
  line('early-media', 16, 'Plays ringing tone with a 183 for 1.5 s, then answers as a person.', LIVE),
  line('ringback', 17, 'Answers at once, plays ringing tone for 4 s, then a person speaks.', LIVE),
  line('hangs-up', 18, 'Answers and hangs up at once.', { ...refused('NORMAL', 200) }),
  line('silent', 19, 'Never responds at all.', refused('TIMEOUT', null)),
  line('redirects', 20, 'Rejects with 302, its Contact the `human`.', refused('OTHER', 302)),
  line('unavailable', 21, 'Rejects with 480.', refused('NOANSWER', 480)),
  line(
    'not-acceptable',
    22,
    'Rejects with 488, as every callee does when there is no codec in common.',
    refused('FAILED', 488),
  ),
  line(
    'crosses',
    23,
    'Rings, and answers 200 at the very moment that the caller cancels.',
    refused('TIMEOUT', null),
  ),
  line('mute', 24, 'Answers, and nobody speaks.', answered('UNKNOWN')),
  {
    name: 'plays',
    number: null,
    does: 'Answers and plays a recording: `sip:plays@lab;file=NAME.wav`, from the directory that the lab was started with; 404 when it is not there.',
    expected: null,
  },
];

/** The callee of a SIP user part: a name, or its number with or without a plus. */
export function findCallee(user: string): DirectoryEntry | null {
  const number = user.replace(/^\+/, '');
  return DIRECTORY.find((entry) => entry.name === user || entry.number === number) ?? null;
}

/** The directory as the Markdown table that the documentation shows. */
export function directoryTable(): string {
  const rows = DIRECTORY.map(({ name, number, does, expected }) => {
    const outcome =
      expected === null
        ? ['', '', '', '']
        : [expected.state, expected.cause, String(expected.sipStatus ?? ''), expected.farEndType];
    return `| ${[`\`${name}\``, number ?? '', does, ...outcome].join(' | ')} |`;
  });
  return [
    '| callee | number | what it does | state | cause | SIP status | far-end type |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function line(name: string, extension: number, does: string, expected: ExpectedOutcome): DirectoryEntry {
  return { name, number: `441632960${String(extension).padStart(3, '0')}`, does, expected };
}

function answered(farEndType: ExpectedOutcome['farEndType']): ExpectedOutcome {
  return { state: 'ANSWERED', cause: 'NORMAL', sipStatus: 200, farEndType };
}

function refused(cause: string, sipStatus: number | null): ExpectedOutcome {
  return { state: 'IDLE', cause, sipStatus, farEndType: 'UNKNOWN' };
}
