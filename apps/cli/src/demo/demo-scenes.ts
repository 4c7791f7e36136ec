import type { CallJobInput, EndedRecord } from '@outdial/contract';
import { DIRECTORY, type DirectoryEntry } from '@outdial/lab';
import type { DemoJob } from './demo-jobs.js';

/** A job of the demo that shows what a plan does with an answered call. */
export interface Scene extends DemoJob {
  title: string;
  /** What it did, in words; null: it did not do what it is for. */
  tell(ended: EndedRecord): string | null;
}

/** An agent who hangs up after 2 s. */
const AGENT = 'sip:agent-leaves@lab';

type Plan = NonNullable<CallJobInput['onAnswered']>;
const ASKS = 'To confirm it, press 1.';
const THANKS = 'tone_stream://%(400,0,523)';

/** What the scenes need. */
export interface SceneParts {
  /** The file that asks for a key. */
  question: string;
  /** Of a voice bot. */
  botUrl: string;
  /** Whether texts can be said. */
  speaks: boolean;
}

/** The scenes, each a recorded call. */
export function createScenes({ question, botUrl, speaks }: SceneParts): Scene[] {
  const survey: Plan = {
    LIVE: [
      { step: 'gather', prompt: question, retries: 1, into: 'score', branches: { otherwise: [] } },
      { step: 'play', source: THANKS },
    ],
  };
  const appointment: Plan = {
    LIVE: [
      {
        step: 'gather',
        prompt: { say: `Hello {{metadata.name}}. Your appointment is at ten past nine. ${ASKS}` },
        into: 'answer',
        branches: { '1': [{ step: 'say', text: 'Thank you, {{metadata.name}}. Good bye.' }] },
      },
    ],
  };
  const message: Plan = {
    ANSWER_MACHINE: [{ step: 'waitForAnswerMachine' }, { step: 'play', source: THANKS }],
  };
  const agent: Plan = { LIVE: [{ step: 'bridge', to: AGENT }] };
  const bot: Plan = { LIVE: [{ step: 'stream', url: botUrl }] };
  return [
    scene('survey', 'a survey by keys', 'presses-2', survey, ({ digits }) =>
      digits.score === undefined ? null : `the callee pressed ${digits.score}`,
    ),
    ...(speaks
      ? [scene('say', 'an appointment is said, and confirmed by a key', 'presses-1', appointment, tellOfSaid)]
      : []),
    scene('agent', 'a person is bridged to an agent', 'patient', agent, tellOfAgent),
    scene('bot', 'a voice bot talks to a person', 'human', bot, tellOfBot),
    scene('message', 'a message after the beep', 'voicemail-short', message, ({ steps, timings }) => {
      const played = steps.find(({ step, outcome }) => step === 'play' && outcome === 'finished');
      if (played === undefined) return null;
      return `left ${seconds(played.startedAt - (timings.answeredAt ?? 0))} after the answer`;
    }),
  ];
}

function tellOfSaid({ digits, steps }: EndedRecord): string | null {
  const thanks = steps.find(({ step, outcome }) => step === 'say' && outcome === 'finished');
  if (thanks === undefined) return null;
  return `the callee pressed ${digits.answer}, and was thanked for ${seconds(thanks.endedAt - thanks.startedAt)}`;
}

function tellOfAgent({ legs }: EndedRecord): string | null {
  const [leg] = legs;
  const { bridgedAt, endedAt } = leg?.timings ?? {};
  if (bridgedAt === undefined || endedAt === undefined) return null;
  return `they heard each other for ${seconds(endedAt - bridgedAt)}, and the agent hung up`;
}

function tellOfBot({ steps }: EndedRecord): string | null {
  const [stream] = steps;
  if (stream?.step !== 'stream' || stream.outcome !== 'finished') return null;
  const { playedMs, sentMs } = stream.data ?? {};
  return `it spoke for ${seconds(Number(playedMs))} and heard ${seconds(Number(sentMs))}`;
}

function scene(
  name: string,
  title: string,
  calleeName: string,
  onAnswered: Plan,
  tell: Scene['tell'],
): Scene {
  const callee = DIRECTORY.find((entry) => entry.name === calleeName) as DirectoryEntry;
  const expected = callee.expected as NonNullable<DirectoryEntry['expected']>;
  const job = {
    id: `demo-scene-${name}`,
    callTo: `tel:+${callee.number}`,
    callFrom: '441632960999',
    liveSpeakerDetect: 'DEFAULT',
    recordCall: 'call',
    metadata: { name: 'Ann' },
    onAnswered,
  } as const;
  return { callee, expected, title, tell, job };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
