import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallJobInput, EndedRecord, PlanStepInput } from '@outdial/contract';
import { parseWav } from '@outdial/lab/audio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

/** Half a second of a tone as raw PCM for each text; a text that begins with "bad" fails. */
const PROGRAM = `let text = '';
process.stdin.on('data', (d) => { text += d; }).on('end', () => {
  if (text.startsWith('bad')) process.exit(1);
  const pcm = Int16Array.from({ length: 4000 }, (_, n) => 8000 * Math.sin(n / 3));
  process.stdout.write(Buffer.from(pcm.buffer));
});`;

let stack: Stack;
let directory: string;
/** Where the real program's speech is kept. */
let spoken: string;
beforeAll(async () => {
  [directory, spoken] = await Promise.all(
    ['say', 'spoken'].map((name) => mkdtemp(join(tmpdir(), `outdial-${name}-`))) as [
      Promise<string>,
      Promise<string>,
    ],
  );
  stack = await Stack.start({
    withWorker: false,
    scripts: {
      // Presses 1 once it is told to.
      obeys: async (call) => {
        await call.answer();
        await call.hearPrompt();
        await call.press('1');
        await call.untilOver();
      },
    },
  });
  const speech = { command: [process.execPath, '-e', PROGRAM], directory };
  await Promise.all([
    stack.startWorker({ speech }),
    stack.startWorker({ lanes: { mute: { concurrency: 1 } } }),
    stack.startWorker({
      lanes: { spoken: { concurrency: 1 } },
      speech: { command: ['espeak-ng', '--stdout', '-v', '{language}'], directory: spoken },
    }),
  ]);
});
afterAll(async () => {
  await stack.close();
  await Promise.all([directory, spoken].map((path) => rm(path, { recursive: true })));
});

const steps = [
  { step: 'say', text: 'Hello {{metadata.name}}' },
  { step: 'say', text: 'bad luck' },
  { step: 'hangUp' },
] as const satisfies NonNullable<CallJobInput['onAnswered']>['otherwise'];
const job = { callTo: 'sip:presses-1@lab', metadata: { name: 'Ann' }, onAnswered: { otherwise: [...steps] } };

async function endOf(changes: Partial<CallJobInput>): Promise<EndedRecord> {
  const { id } = await stack.queue.add({ ...job, ...changes });
  return (await stack.event(id, 'ended')).ended;
}

describe('a plan that says something', () => {
  it('is heard, and goes on after a text that cannot be said', async () => {
    const { id } = await stack.queue.add(job);
    const { ended } = await stack.event(id, 'ended');
    expect(ended.steps).toMatchObject([
      { step: 'say', outcome: 'finished', error: null },
      { step: 'say', outcome: 'failed', error: { code: 'SPEECH_FAILED' } },
      { step: 'hangUp', outcome: 'finished' },
    ]);
    const [said] = ended.steps;
    expect((said?.endedAt ?? 0) - (said?.startedAt ?? 0)).toBeGreaterThan(400);
    expect(await readdir(directory)).toHaveLength(1);
  });

  it('is spoken by espeak-ng, in the language that it names', async () => {
    const say = { step: 'say', text: 'Guten Tag, {{metadata.name}}', language: 'de' } as const;
    const { id } = await stack.queue.add({ ...job, lane: 'spoken', onAnswered: { otherwise: [say] } });
    const { ended } = await stack.event(id, 'ended');
    expect(ended.steps).toMatchObject([{ step: 'say', outcome: 'finished', error: null }]);
    const [file = ''] = await readdir(spoken);
    const { samples } = parseWav(await readFile(join(spoken, file)));
    expect(samples.some((sample) => Math.abs(sample) > 3000)).toBe(true);
  });

  it('is heard as a prompt, whose key it is asked for, after silence', async () => {
    const prompt = ['silence_stream://200', { say: 'Press 1, {{metadata.name}}' }];
    const gather = { step: 'gather', prompt, into: 'answer', secondsTimeout: 20 } as const;
    const ended = await endOf({ callTo: 'sip:obeys@lab', onAnswered: { otherwise: [gather] } });
    expect(ended.digits).toEqual({ answer: '1' });
    expect(ended.steps).toMatchObject([{ step: 'gather', outcome: 'finished' }]);
  });

  it('asks nothing where its prompt cannot be said', async () => {
    const gather = { step: 'gather', prompt: { say: 'bad prompt' } } as const;
    const { steps: taken } = await endOf({ onAnswered: { otherwise: [gather] } });
    expect(taken).toMatchObject([{ step: 'gather', outcome: 'failed', error: { code: 'SPEECH_FAILED' } }]);
  });

  it('is refused by a worker that has no speech, before anybody is dialled', async () => {
    const prompted: PlanStepInput[] = [{ step: 'gather', prompt: ['a.wav', { say: 'Press 1' }] }];
    for (const otherwise of [job.onAnswered.otherwise, prompted]) {
      const result = await stack.call({ ...job, onAnswered: { otherwise }, lane: 'mute' });
      expect(result).toMatchObject({ state: 'ERROR', callId: null, error: { code: 'UNSUPPORTED_STEP' } });
    }
  });
});
