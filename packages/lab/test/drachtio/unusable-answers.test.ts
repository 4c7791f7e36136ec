/** Answers that a real drachtio-server does not release either: they stay up until the callee gives up. */
import { expect, test } from 'vitest';
import { ANSWER, connect, dial, startDrachtio } from './network.js';
import { RawCallee } from './raw-callee.js';

test('the second 200 of a forked INVITE gets the ACK of the first, and no BYE', async () => {
  const server = await startDrachtio();
  const far = await RawCallee.start((message) => {
    if (message.kind === 'INVITE') for (const tag of ['one', 'two']) message.answer({ tag });
    if (message.kind === 'BYE') message.respond('200 OK');
  });
  const srf = await connect(server);
  const dialog = await dial(srf, far.uri).answered;
  await far.nth('ACK');
  (await far.nth('INVITE')).answer({ tag: 'two' });
  await far.nth('ACK', 1);
  expect(server.counts.dialogs).toBe(1);
  await dialog.destroy();
  expect(far.of('ACK').map(({ tag }) => tag)).not.toContain('two');
  expect(far.of('BYE').map(({ tag }) => tag)).toEqual(['one']);
});

test('a 2xx other than 200 gets neither ACK nor BYE, and creates no dialog', async () => {
  const server = await startDrachtio();
  const far = await RawCallee.start((message) => {
    if (message.kind !== 'INVITE') return;
    message.respond('202 Accepted', { body: ANSWER });
    message.respond('202 Accepted', { body: ANSWER });
  });
  const srf = await connect(server);
  await expect(dial(srf, far.uri).answered).rejects.toMatchObject({ status: 202 });
  expect(server.counts).toMatchObject({ dialogs: 0, invites: 0 });
  // The server has sent nothing else by the time that it has ended another call.
  const other = await RawCallee.start((message) => message.kind === 'INVITE' && message.respond('486 Busy'));
  await expect(dial(srf, other.uri).answered).rejects.toMatchObject({ status: 486 });
  expect(far.received.map(({ kind }) => kind)).toEqual(['INVITE']);
});

test('a 200 without a Contact gets neither ACK nor BYE: there is nowhere to send them', async () => {
  const server = await startDrachtio();
  const far = await RawCallee.start(
    (message) => message.kind === 'INVITE' && message.answer({ headers: ['Contact:'] }),
  );
  const srf = await connect(server);
  await expect(dial(srf, far.uri).answered).rejects.toThrow();
  const other = await RawCallee.start((message) => message.kind === 'INVITE' && message.respond('486 Busy'));
  await expect(dial(srf, other.uri).answered).rejects.toMatchObject({ status: 486 });
  expect(far.received.map(({ kind }) => kind)).toEqual(['INVITE']);
});

test.each([
  ['repeated', (length: number) => [`Content-Length: ${length}`, `Content-Length: ${length}`]],
  ['longer than the body', (length: number) => [`Content-Length: ${length + 500}`]],
  ['negative', () => ['Content-Length: -1']],
  ['no number', () => ['Content-Length: abc']],
])('a response whose Content-Length is %s is dropped', async (_, headers) => {
  const server = await startDrachtio();
  const far = await RawCallee.start((message) => {
    if (message.kind !== 'INVITE') return;
    message.answer({ headers: headers(ANSWER.length) });
    message.respond('486 Busy Here');
  });
  const srf = await connect(server);
  await expect(dial(srf, far.uri).answered).rejects.toMatchObject({ status: 486 });
});

test('an INVITE beyond 1,300 bytes is sent over UDP all the same', async () => {
  const server = await startDrachtio();
  const far = await RawCallee.start((message) => message.kind === 'INVITE' && message.respond('486 Busy'));
  const srf = await connect(server);
  const call = dial(srf, far.uri, { headers: { 'X-Long': 'x'.repeat(1200) } });
  await expect(call.answered).rejects.toMatchObject({ status: 486 });
  expect(far.of('INVITE')[0]?.text.length).toBeGreaterThan(1500);
});

test('requests in the dialog go to the first Contact, whatever later messages have', async () => {
  const server = await startDrachtio();
  const elsewhere = await RawCallee.start(() => {});
  let answers = 0;
  const far = await RawCallee.start((message) => {
    if (message.kind === 'INVITE')
      message.answer(answers++ === 0 ? {} : { headers: [`Contact: <${elsewhere.uri}>`] });
    else if (/^(BYE|INFO)$/.test(message.kind)) message.respond('200 OK');
  });
  const srf = await connect(server);
  const dialog = await dial(srf, far.uri).answered;
  dialog.on('modify', (_request: unknown, response: { send(status: number, options: object): void }) =>
    response.send(200, { body: ANSWER }),
  );
  const invite = await far.nth('INVITE');
  invite.request('INVITE', 7, [`Contact: <${elsewhere.uri}>`], ANSWER);
  await far.nth('200');
  await dialog.modify(ANSWER);
  await dialog.destroy();
  expect((await far.nth('BYE')).text).toMatch(`BYE ${far.uri} `);
  expect(elsewhere.received).toEqual([]);
});
