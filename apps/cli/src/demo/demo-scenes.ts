import type { CallJobInput, EndedRecord } from '@outdial/contract';
import { DIRECTORY, type DirectoryEntry, promptFile } from '@outdial/lab';
import type { DemoJob } from './demo-jobs.js';
import type { DemoMedia } from './network.js';

/** The file that asks for a key. */
export const QUESTION = promptFile('business');

/** A job of the demo that shows what a plan does with an answered call. */
export interface Scene extends DemoJob {
  title: string;
  /** What it did, in words; null: it did not do what it is for. */
  tell(ended: EndedRecord): string | null;
}

/** An agent who hangs up after 2 s. */
const AGENT = 'sip:agent-leaves@lab';

type Plan = NonNullable<CallJobInput['onAnswered']>;
const THANKS = 'tone_stream://%(400,0,523)';

/** The scenes, each a recorded call; `botUrl` is a voice bot's. FreeSWITCH's media has neither agents nor bots. */
export function createScenes(media: DemoMedia, botUrl: string): Scene[] {
  const survey: Plan = {
    LIVE: [
      { step: 'gather', prompt: QUESTION, retries: 1, into: 'score', branches: { otherwise: [] } },
      { step: 'play', source: THANKS },
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
    ...(media === 'freeswitch'
      ? []
      : [
          scene('agent', 'a person is bridged to an agent', 'patient', agent, tellOfAgent),
          scene('bot', 'a voice bot talks to a person', 'human', bot, tellOfBot),
        ]),
    scene('message', 'a message after the beep', 'voicemail-short', message, ({ steps, timings }) => {
      const played = steps.find(({ step, outcome }) => step === 'play' && outcome === 'finished');
      if (played === undefined) return null;
      return `left ${seconds(played.startedAt - (timings.answeredAt ?? 0))} after the answer`;
    }),
  ];
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
    onAnswered,
  } as const;
  return { callee, expected, title, tell, job };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
