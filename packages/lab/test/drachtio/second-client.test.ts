import type Srf from 'drachtio-srf';
import { expect, test } from 'vitest';
import { DrachtioServer } from '../../src/drachtio/index.js';
import {
  ANSWER,
  connect,
  dial,
  disconnect,
  requestByIds,
  SECRET,
  startAnsweringCallee,
  startCallee,
  startDrachtio,
  uriOf,
} from './network.js';

/** The server's id of the dialog, which drachtio-srf's types lack. */
function idOf(dialog: Srf.Dialog): string {
  return (dialog as unknown as { id: string }).id;
}

const PLACEHOLDER = 'sip:placeholder';

test('a call whose client is gone is released by another client, by its dialog id', async () => {
  const server = await startDrachtio();
  const { callee } = await startAnsweringCallee();
  const first = await connect(server);
  const dialog = await dial(first, uriOf(callee)).answered;
  disconnect(first);
  const second = await connect(server);
  const response = await requestByIds(second, PLACEHOLDER, { method: 'BYE', stackDialogId: idOf(dialog) });
  expect(response.status).toBe(200);
  expect(callee.log.requests('BYE', 'in')).toHaveLength(1);
  expect(server.counts.dialogs).toBe(0);
});

test('a call that rings, and whose client is gone, is cancelled by another client, by its transaction id', async () => {
  const server = await startDrachtio();
  const callee = await startCallee((call) => call.provisional(180));
  const first = await connect(server);
  const call = dial(first, uriOf(callee));
  const { stackTxnId } = (await call.request) as unknown as { stackTxnId: string };
  await call.rang(180);
  disconnect(first);
  const second = await connect(server);
  void requestByIds(second, uriOf(callee), { method: 'CANCEL', stackTxnId });
  await callee.log.waitFor((e) => e.method === 'ACK');
  expect(callee.log.entries.map((e) => `${e.method} ${e.status ?? ''}`.trim())).toEqual([
    ...['INVITE', 'CANCEL', 'CANCEL 200', 'INVITE 487', 'ACK'],
  ]);
  expect(server.counts).toMatchObject({ dialogs: 0, invites: 0 });
});

test('a call answered after its client was gone can still be released by its dialog id', async () => {
  const server = await startDrachtio();
  let answer: () => void = () => {};
  const callee = await startCallee((call) => {
    call.provisional(180);
    answer = () => void call.accept({ sdp: ANSWER }).catch(() => {});
  });
  const first = await connect(server);
  const call = dial(first, uriOf(callee));
  const request = await call.request;
  const dialogId = `${request.get('Call-ID')};from-tag=${request.getParsedHeader('From').params?.tag}`;
  await call.rang(180);
  disconnect(first);
  const second = await connect(server);
  answer();
  await callee.log.waitFor((e) => e.status === 200);
  // The server knows the dialog once it has the 200; until then the BYE fails.
  const release = (): Promise<number> =>
    requestByIds(second, PLACEHOLDER, { method: 'BYE', stackDialogId: dialogId }).then(
      (response) => response.status,
      () => release(),
    );
  expect(await release()).toBe(200);
  expect(server.counts).toMatchObject({ dialogs: 0, invites: 0 });
});

test('a 200 that crosses the CANCEL of another client gets no ACK and stays up until a client hangs up', async () => {
  const server = await startDrachtio();
  const callee = await startCallee((call) => {
    call.provisional(180);
    call.on('cancelling', () => void call.accept({ sdp: ANSWER }).catch(() => {}));
  });
  const first = await connect(server);
  const call = dial(first, uriOf(callee));
  const request = await call.request;
  const { stackTxnId } = request as unknown as { stackTxnId: string };
  const stackDialogId = `${request.get('Call-ID')};from-tag=${request.getParsedHeader('From').params?.tag}`;
  await call.rang(180);
  disconnect(first);
  const second = await connect(server);
  const cancel = () => requestByIds(second, uriOf(callee), { method: 'CANCEL', stackTxnId });
  const bye = () => requestByIds(second, PLACEHOLDER, { method: 'BYE', stackDialogId });
  await expect(bye()).rejects.toMatchObject({ code: 'ENODIALOG' });
  void cancel();
  await callee.log.waitFor((e) => e.method === 'INVITE' && e.status === 200);
  await expect.poll(() => server.counts).toMatchObject({ dialogs: 1 });
  // The transaction is still known, but can no longer be cancelled.
  await expect(cancel()).rejects.toThrow('internal server error canceling');
  expect(callee.log.requests('ACK')).toEqual([]);
  expect(callee.log.requests('BYE')).toEqual([]);
  expect((await bye()).status).toBe(200);
  await expect(bye()).rejects.toMatchObject({ code: 'ENODIALOG' });
});

test('a callee that hangs up after the client is gone is told 481, and the dialog is over', async () => {
  const server = await startDrachtio();
  const { callee, up } = await startAnsweringCallee();
  const first = await connect(server);
  const dialog = await dial(first, uriOf(callee)).answered;
  const calleesSide = await up;
  disconnect(first);
  const second = await connect(server);
  expect((await calleesSide.request('INFO')).status).toBe(481);
  expect((await calleesSide.bye())?.status).toBe(481);
  await expect(
    requestByIds(second, PLACEHOLDER, { method: 'BYE', stackDialogId: idOf(dialog) }),
  ).rejects.toMatchObject({ code: 'ENODIALOG' });
});

test('a second client takes over the dialling', async () => {
  const server = await startDrachtio();
  const { callee } = await startAnsweringCallee();
  const first = await connect(server);
  await dial(first, uriOf(callee)).answered;
  disconnect(first);
  const second = await connect(server);
  const dialog = await dial(second, uriOf(callee)).answered;
  await dialog.destroy();
  expect(callee.log.requests('INVITE', 'in')).toHaveLength(2);
});

test('a server that was killed and restarted knows none of its old dialogs and takes new calls', async () => {
  const server = await startDrachtio();
  const { callee } = await startAnsweringCallee();
  const srf = await connect(server);
  const old = await dial(srf, uriOf(callee)).answered;
  const dialogId = idOf(old);
  const ports = { port: server.address.port, sipPort: server.sipAddress.port };
  const reconnected = new Promise((resolve) => srf.on('connect', resolve));
  await server.kill();
  const again = await DrachtioServer.start({ secret: SECRET, ...ports });
  try {
    await reconnected;
    await expect(old.destroy()).rejects.toThrow('provided socket has been destroyed');
    await expect(
      requestByIds(srf, PLACEHOLDER, { method: 'BYE', stackDialogId: dialogId }),
    ).rejects.toMatchObject({ code: 'ENODIALOG' });
    const dialog = await dial(srf, uriOf(callee)).answered;
    await dialog.destroy();
    // The old call is still up at the callee: the server answers its BYE with 481.
    expect((await callee.dialogs[0]?.bye())?.status).toBe(481);
  } finally {
    disconnect(srf);
    await again.close();
  }
});
