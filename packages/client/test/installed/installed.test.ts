import { randomUUID } from 'node:crypto';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstalledProject } from './project.js';

let redis: RedisServer;
const project = new InstalledProject();
beforeAll(async () => {
  redis = await startRedis();
  await project.install();
}, 120_000);
afterAll(async () => {
  project.remove();
  await redis.close();
});

/** The body of an app: it queues and cancels a job, and tells what it got. */
const APP = `
const { id } = await outdial.queue.add({ callTo: 'sip:human@lab' });
const { phase } = await outdial.queue.cancel(id);
for await (const { jobId, state } of outdial.resultsOf([id])) console.log(phase, jobId === id, state);
const error = await outdial.queue.add({ callTo: '' }).catch((reason) => reason);
console.log(error instanceof OutdialError, error.code);
await outdial.close();
`;
const OPEN = `const outdial = new Outdial({ redis: process.argv[2], prefix: process.argv[3] });`;
const SAYS = 'waiting true IDLE\ntrue INVALID_JOB';

describe('the packed client, installed into an empty project', () => {
  it('is imported by ES modules', async () => {
    project.write('app.mjs', `import { Outdial, OutdialError } from '@outdial/client';\n${OPEN}\n${APP}`);
    expect(await project.run('app.mjs', redis.url, `{${randomUUID()}}`)).toBe(SAYS);
  });

  it('is required by CommonJS, and is the same module there', async () => {
    const app = `const { Outdial, OutdialError } = require('@outdial/client');
    ${OPEN}
    (async () => {
      ${APP}
      console.log((await import('@outdial/client')).OutdialError === OutdialError);
    })();`;
    project.write('app.cjs', app);
    expect(await project.run('app.cjs', redis.url, `{${randomUUID()}}`)).toBe(`${SAYS}\ntrue`);
  });

  const TYPED = `
    import { type CallJobInput, type CallResult, Outdial, OutdialError } from '@outdial/client';
    const job: CallJobInput = { callTo: 'tel:+441632960001', callFrom: '+441632960999', codecs: 'g711a' };
    async function main(): Promise<void> {
      const outdial = new Outdial({ redis: 'redis://127.0.0.1:6379', resultsQueue: 'spring' });
      const { id } = await outdial.queue.add(job);
      const take = (result: CallResult): string => result.verdict?.farEndType ?? result.cause;
      for await (const result of outdial.resultsOf([id])) take(result);
      outdial.results.consume((result) => void take(result));
      const error: unknown = new OutdialError('INTERNAL', 'no');
      if (error instanceof OutdialError && error.code === 'INVALID_JOB') await outdial.close();
    }
    void main();
    // @ts-expect-error: the types are not any
    const wrong: number = new Outdial({ redis: '' }).queue.add(job);
  `;
  it.each([
    { name: 'node16, ES module', file: 'app.mts', options: { module: 'node16' } },
    { name: 'node16, CommonJS', file: 'app.cts', options: { module: 'node16' } },
    { name: 'nodenext, ES module', file: 'app.mts', options: { module: 'nodenext' } },
    { name: 'nodenext, CommonJS', file: 'app.cts', options: { module: 'nodenext' } },
    { name: 'bundler', file: 'app.ts', options: { module: 'esnext', moduleResolution: 'bundler' } },
    { name: 'a CommonJS project', file: 'app.ts', options: { module: 'commonjs' } },
  ])('has types under $name', { timeout: 120_000 }, async ({ name, file, options }) => {
    const directory = name.replaceAll(/\W+/g, '-');
    project.write(`${directory}/${file}`, TYPED);
    expect(await project.typeCheck(`${directory}/${file}`, options)).toBe('');
  });
});
