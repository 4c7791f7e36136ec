import { describe, expect, it } from 'vitest';
import {
  type CallJobInput,
  fillStep,
  type OutdialError,
  type PlanStep,
  parseCallJob,
  playableSources,
  saysText,
  stepsOf,
  valuesOf,
} from '../src/index.js';

type Steps = NonNullable<NonNullable<CallJobInput['onAnswered']>['otherwise']>;
const job = (...otherwise: Steps): CallJobInput & { id: string } => ({
  id: 'job-1',
  callTo: 'tel:+441632960001',
  callFrom: 'tel:+441632960999',
  metadata: { name: 'Ann', language: 'en', order: { number: 42 }, up: '..', path: 'a/b', none: null },
  onAnswered: { otherwise },
});
const play = (source: string): Steps[number] => ({ step: 'play', source });
const say = (text: string): Steps[number] => ({ step: 'notify', name: 'said', data: { text } });

describe('values that the enqueued job cannot have are refused with the path of their field', () => {
  it.each<[string, Steps, string, string]>([
    ['an unknown name', [say('{{name}}')], '0.data.text', '"name" is no value of a call'],
    ['no name', [say('{{}}')], '0.data.text', 'a value without a name'],
    ['an unclosed value', [say('Hello {{metadata.name')], '0.data.text', 'is written {{name}}'],
    ['metadata that is missing', [say('{{metadata.surname}}')], '0.data.text', 'no value metadata.surname'],
    ['metadata that is null', [say('{{metadata.none}}')], '0.data.text', 'no value metadata.none'],
    ['metadata that is no text', [say('{{metadata.order}}')], '0.data.text', 'neither a text'],
    ['a property of every object', [say('{{metadata.constructor}}')], '0.data.text', 'no value'],
    ['a label that the job has not', [say('{{label}}')], '0.data.text', 'no value label'],
    ['digits that nothing asks for', [say('{{digits.menu}}')], '0.data.text', 'no gather before it asks for'],
    [
      'digits that are asked for later',
      [say('{{digits.menu}}'), { step: 'gather', into: 'menu' }],
      '0.data.text',
      'no gather before',
    ],
    [
      'digits in the branch of their own gather that got none',
      [{ step: 'gather', into: 'menu', branches: { timeout: [say('{{digits.menu}}')] } }],
      '0.branches.timeout.0.data.text',
      'no gather before',
    ],
    ['a way upwards', [play('prompts/{{metadata.up}}/x.wav')], '0.source', 'leads to another directory'],
    [
      'a way upwards in an address',
      [play('https://a.example/{{metadata.up}}/x.wav')],
      '0.source',
      'leads to',
    ],
    [
      'another path',
      [play('prompts/{{metadata.path}}.wav')],
      '0.source',
      'metadata.path may not stand in a path',
    ],
    [
      'a value for the host',
      [play('https://{{metadata.name}}/x.wav')],
      '0.source',
      'in the host of an address',
    ],
    ['a value beside the host', [play('https://a.example{{metadata.up}}')], '0.source', 'in the host'],
    [
      'a header that is none',
      [{ step: 'stream', url: 'wss://a.example', headers: { 'X-Name': '{{metadata.surname}}' } }],
      '0.headers.X-Name',
      'no value',
    ],
    [
      'a text that is said in the place of a file',
      [{ step: 'gather', prompt: ['menu.wav', { say: 'Hello {{metadata.surname}}' }] }],
      '0.prompt.1.say',
      'no value metadata.surname',
    ],
    [
      'a parameter of a bot in a branch',
      [
        {
          step: 'stream',
          url: 'wss://a.example',
          onFailed: [{ step: 'stream', url: 'wss://b.example', parameters: { a: '{{metadata.b}}' } }],
        },
      ],
      '0.onFailed.0.parameters.a',
      'no value',
    ],
  ])('%s', (_, steps, path, message) => {
    const refusal = refusalOf(job(...steps));
    expect(refusal?.code).toBe('INVALID_JOB');
    expect(refusal?.issues).toMatchObject([
      { path: `onAnswered.otherwise.${path}`, message: expect.stringContaining(message) },
    ]);
  });

  it('and those that it has, or may come to have, are taken', () => {
    const steps: Steps = [
      play('prompts/{{metadata.language}}/{{farEndType}}-{{metadata.name}}.wav'),
      {
        step: 'gather',
        into: 'menu',
        prompt: [
          'https://a.example/{{callTo}}.wav?name={{metadata.path}}',
          'tone_stream://%({{metadata.order.number}},0,440)',
        ],
        branches: { '1': [play('prompts/{{digits.menu}}.wav')], timeout: [] },
      },
      say('{{ digits.menu }} for {{jobId}} on {{lane}} from {{callFrom}}: {{confidence}}'),
    ];
    expect(refusalOf(job(...steps))).toBeNull();
  });
});

describe('a step whose values are filled in', () => {
  const values = (digits = {}) =>
    valuesOf({ job: parseCallJob(job()), farEndType: 'LIVE', digits, verdict: null });
  const fill = (step: Steps[number], digits = {}) => {
    const [parsed] =
      parseCallJob({ ...job({ step: 'gather', into: 'menu' }, step) }).onAnswered.otherwise?.slice(1) ?? [];
    return fillStep(parsed as PlanStep, values(digits));
  };

  it('has words as they are, and numbers without tel:', () => {
    const step = say(
      '{{metadata.name}} ({{metadata.order.number}}), {{callTo}}: {{digits.menu}}, {{farEndType}}',
    );
    expect(fill(step, { menu: '#7' })).toMatchObject({ data: { text: 'Ann (42), +441632960001: #7, LIVE' } });
  });

  it('has values escaped in an address, so that they stay one part of its path', () => {
    expect(
      fill(play('https://a.example/x/{{metadata.path}}.wav?to={{callTo}}-{{digits.menu}}'), { menu: '#' }),
    ).toMatchObject({ source: 'https://a.example/x/a%2Fb.wav?to=%2B441632960001-%23' });
  });

  it('is said with them in the place of a file', () => {
    const whisper = [{ say: 'For {{metadata.name}}', language: 'en' }, 'now-{{metadata.language}}.wav'];
    expect(fill({ step: 'bridge', to: 'sip:agent@lab', whisper })).toMatchObject({
      whisper: [{ say: 'For Ann', language: 'en' }, 'now-en.wav'],
    });
  });

  it('fails where the callee has entered nothing', () => {
    expect(() => fill(say('{{digits.menu}}'))).toThrow(expect.objectContaining({ code: 'VALUE_MISSING' }));
  });

  it('fails where a header would get what no header may hold, and a parameter too much', () => {
    const metadata = { name: 'Ann\r\nX-Evil: 1', long: 'x'.repeat(501) };
    const bot = { step: 'stream', url: 'wss://a.example' } as const;
    for (const step of [
      { ...bot, headers: { 'X-Name': '{{metadata.name}}' } },
      { ...bot, parameters: { a: '{{metadata.long}}' } },
    ])
      expect(refusalOf({ ...job(step), metadata })?.message).toMatch(/is no header value|more than 500/);
  });
});

it('texts that are said are no files, and are known as what is said', () => {
  const parsed = parseCallJob(
    job(play('a.wav'), { step: 'play', source: ['b.wav', { say: 'Hello' }] }, { step: 'say', text: 'Hi' }),
  );
  expect(playableSources(parsed, parsed)).toEqual(['a.wav', 'b.wav']);
  expect(stepsOf(parsed).map(saysText)).toEqual([false, true, true]);
});

it('what a plan may play is known but for what only the call will tell', () => {
  const parsed = parseCallJob(
    job({
      step: 'gather',
      into: 'menu',
      prompt: '{{metadata.language}}/menu.wav',
      branches: { '1': [play('{{digits.menu}}.wav')] },
    }),
  );
  expect(playableSources(parsed, parsed)).toEqual(['en/menu.wav', '0.wav']);
});

function refusalOf(input: CallJobInput): OutdialError | null {
  try {
    parseCallJob(input);
    return null;
  } catch (error) {
    return error as OutdialError;
  }
}
