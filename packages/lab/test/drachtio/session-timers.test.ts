import { expect, test } from 'vitest';
import { connect, dial, OFFER, startDrachtio } from './network.js';
import { RawCallee } from './raw-callee.js';

test('a session that is ours to refresh is refreshed by a re-INVITE with the same SDP, unknown to the client', async () => {
  const server = await startDrachtio();
  const far = await RawCallee.start((message) => {
    if (message.kind === 'INVITE') message.answer({ headers: ['Session-Expires: 1'] });
    else if (message.kind === 'BYE') message.respond('200 OK');
  });
  const srf = await connect(server);
  const dialog = await dial(srf, far.uri).answered;
  const refresh = await far.nth('INVITE', 2);
  expect(refresh.tag).toBe('one');
  expect(refresh.header('Session-Expires')).toBe('1;refresher=uac');
  expect(refresh.text.split('\r\n\r\n')[1]).toBe(OFFER);
  await far.nth('ACK', 2);
  await dialog.destroy();
  expect(server.counts.dialogs).toBe(0);
});

test.each([
  ['that the callee was to refresh and has not', 'Session-Expires: 1;refresher=uas', '200 OK'],
  ['whose refresh is refused', 'Session-Expires: 1;refresher=uac', '500 Server Internal Error'],
])('a session %s is ended, and the client is told so', async (_, header, status) => {
  const server = await startDrachtio();
  let isUp = false;
  const far = await RawCallee.start((message) => {
    if (message.kind === 'INVITE' && !isUp) message.answer({ headers: [header] });
    else if (message.kind === 'INVITE') message.respond(status);
    else if (message.kind === 'BYE') message.respond('200 OK');
    isUp = true;
  });
  const srf = await connect(server);
  const dialog = await dial(srf, far.uri).answered;
  const told = new Promise<{ get(name: string): string }>((resolve) =>
    dialog.on('destroy', resolve as never),
  );
  expect((await far.nth('BYE')).header('Reason')).toContain('Session timer expired');
  expect((await told).get('Reason')).toContain('Session timer expired');
  expect(server.counts.dialogs).toBe(0);
});

test('a re-INVITE that asks for less than 90 s gets 422 with Min-SE', async () => {
  const server = await startDrachtio();
  const far = await RawCallee.start((message) => message.kind === 'INVITE' && message.answer());
  const srf = await connect(server);
  await dial(srf, far.uri).answered;
  (await far.nth('INVITE')).request('INVITE', 7, ['Session-Expires: 30;refresher=uac'], OFFER);
  expect((await far.nth('422')).header('Min-SE')).toBe('90');
});
