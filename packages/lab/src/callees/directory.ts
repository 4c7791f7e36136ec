/** The outcome of a call to a callee, in the words of a call result. */
export interface ExpectedOutcome {
  state: 'ANSWERED' | 'IDLE';
  cause: string;
  /** The final SIP status of the INVITE; null when there is none or it does not matter. */
  sipStatus: number | null;
  farEndType: 'LIVE' | 'ANSWER_MACHINE' | 'FAX_MACHINE' | 'UNKNOWN';
}

/** A line of the lab's telephone directory. */
export interface DirectoryEntry {
  /** The user part of its address: `sip:human@lab`. */
  name: string;
  /**
   * Its telephone number, in a range reserved for fiction; null for one that needs parameters in its SIP
   * address.
   */
  number: string | null;
  does: string;
  /**
   * Of a job with `liveSpeakerDetect: 'TIMEOUT_FROM_ANSWER_DETECT'`, a `secondsTimeout` of 6 to 60 and, where
   * the callee challenges, `CREDENTIALS`. Null when it depends on the recording, or on who makes
   * the media.
   */
  expected: ExpectedOutcome | null;
}

/** The credentials that `challenge` accepts. */
export const CREDENTIALS = { realm: 'lab', username: 'outdial', password: 'let-me-in' } as const;

const LIVE = answered('LIVE');
const MACHINE = answered('ANSWER_MACHINE');

/** Every callee of the lab. */
export const DIRECTORY: readonly DirectoryEntry[] = [
  line('human', 1, 'Rings 0.5 s, answers, says hello once and waits; hangs up after 20 s.', LIVE),
  line('human-twice', 2, 'As `human`, but asks again when it hears nothing.', LIVE),
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
  line('mute', 24, 'Answers and stays silent.', answered('UNKNOWN')),
  line('patient', 25, 'As `human`, but never hangs up.', LIVE),
  line('vanishes', 26, 'As `human`, then sends no more RTP and never hangs up.', LIVE),
  line('presses-1', 27, 'As `human`; when it hears a prompt, it presses 1.', LIVE),
  line('presses-2', 28, 'As `presses-1`, with 2.', LIVE),
  line('presses-9', 29, 'As `presses-1`, with 9.', LIVE),
  line('presses-by-info', 30, 'As `presses-1`, by SIP INFO.', LIVE),
  line('presses-in-band', 31, 'As `presses-1`, by tones: it agrees to no telephone events.', LIVE),
  line(
    'early-busy',
    32,
    'Plays busy tone (425 Hz) with a 183 for 5 s, then rejects with 486 and Q.850 17.',
    refused('BUSY', 486),
  ),
  line(
    'early-congestion',
    33,
    'Plays congestion tone (425 Hz) with a 183 for 4 s, then rejects with 503 and Q.850 34.',
    refused('NOCHANNELS', 503),
  ),
  line(
    'early-sit',
    34,
    'Plays special information tones and an announcement with a 183, then rejects with 404 and Q.850 1.',
    refused('UNOBTAINABLE', 404),
  ),
  line(
    'early-mailbox',
    35,
    'Rings in band, greets and beeps with a 183, then answers and records: ANSWER_MACHINE where early media is heard, else UNKNOWN.',
    null,
  ),
  line(
    'unanswered-mailbox',
    36,
    'As `early-mailbox`, but records without ever answering (480 after 180 s).',
    refused('TIMEOUT', null),
  ),
  line('agent', 37, 'An agent: answers, says hello, and stays until the caller hangs up.', LIVE),
  line(
    'agent-accepts',
    38,
    'An agent who takes a call by a key: answers and waits for a prompt, presses 1, then is as `agent`.',
    answered('UNKNOWN'),
  ),
  line('agent-leaves', 39, 'An agent who answers, says hello, and hangs up 2 s later.', LIVE),
  line('refuses-transfer', 40, 'As `patient`, but refuses a REFER with 603.', LIVE),
  {
    name: 'presses',
    number: null,
    does: 'As `human`; `sip:presses@lab;keys=12-3` presses 1 and 2 when it hears a prompt, and 3 when it hears the next. `by=info` and `by=tones` are other ways, `*` is written `s`, and `#` is written `h`.',
    expected: null,
  },
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

function line(
  name: string,
  extension: number,
  does: string,
  expected: DirectoryEntry['expected'],
): DirectoryEntry {
  return { name, number: `441632960${String(extension).padStart(3, '0')}`, does, expected };
}

function answered(farEndType: ExpectedOutcome['farEndType']): ExpectedOutcome {
  return { state: 'ANSWERED', cause: 'NORMAL', sipStatus: 200, farEndType };
}

function refused(cause: string, sipStatus: number | null): ExpectedOutcome {
  return { state: 'IDLE', cause, sipStatus, farEndType: 'UNKNOWN' };
}
