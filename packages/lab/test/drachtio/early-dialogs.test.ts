import { describe, expect, test } from 'vitest';
import { ANSWER, connect, dial, OFFER, startDrachtio } from './network.js';
import { RawCallee, type Received } from './raw-callee.js';

const reliable = (rseq: number) => ['Require: 100rel', `RSeq: ${rseq}`];

/** Answers every request but the INVITE, which `onInvite` gets once. */
function callee(onInvite: (invite: Received) => void): Promise<RawCallee> {
  let isInvited = false;
  return RawCallee.start((message) => {
    if (message.kind === 'INVITE' && !isInvited) {
      isInvited = true;
      onInvite(message);
    } else if (/^(PRACK|BYE|UPDATE|INFO)$/.test(message.kind)) message.respond('200 OK');
  });
}

describe('a reliable provisional response', () => {
  test('is acknowledged by a PRACK in the early dialog, and the ACK has the CSeq of the INVITE', async () => {
    const server = await startDrachtio();
    const far = await callee((invite) =>
      invite.respond('183 Session Progress', { headers: reliable(5), body: ANSWER }),
    );
    const srf = await connect(server);
    const call = dial(srf, far.uri, { headers: { Supported: '100rel' } });
    const prack = await far.nth('PRACK');
    const invite = await far.nth('INVITE');
    const [number = 0] = invite.header('CSeq').split(' ').map(Number);
    expect(prack.header('RAck')).toBe(`5 ${number} INVITE`);
    expect(prack.header('CSeq')).toBe(`${number + 1} PRACK`);
    expect(prack.tag).toBe('one');
    invite.answer();
    const dialog = await call.answered;
    expect((await far.nth('ACK')).header('CSeq')).toBe(`${number} ACK`);
    await dialog.destroy();
    expect((await far.nth('BYE')).header('CSeq')).toBe(`${number + 2} BYE`);
    expect(server.counts).toMatchObject({ dialogs: 0, invites: 0 });
  });

  test('that is repeated, or comes after a gap, is not passed on', async () => {
    const server = await startDrachtio();
    const far = await callee((invite) => {
      for (const rseq of [5, 5, 7]) invite.respond('180 Ringing', { headers: reliable(rseq) });
      invite.respond('183 Session Progress', { headers: reliable(6) });
    });
    const srf = await connect(server);
    const call = dial(srf, far.uri);
    await call.rang(183);
    await far.nth('PRACK', 1);
    (await far.nth('INVITE')).answer();
    await call.answered;
    expect(call.provisional.map(({ status }) => status)).toEqual([180, 183]);
    expect(far.of('PRACK').map((prack) => prack.header('RAck').split(' ')[0])).toEqual(['5', '6']);
  });

  test('leaves no dialog behind when the INVITE is rejected', async () => {
    const server = await startDrachtio();
    const far = await callee((invite) => invite.respond('180 Ringing', { headers: reliable(1) }));
    const srf = await connect(server);
    const call = dial(srf, far.uri);
    await far.nth('PRACK');
    expect(server.counts.dialogs).toBe(1);
    (await far.nth('INVITE')).respond('486 Busy Here');
    await expect(call.answered).rejects.toMatchObject({ status: 486 });
    expect(server.counts).toMatchObject({ dialogs: 0, invites: 0 });
  });
});

describe('an UPDATE of the callee before the answer', () => {
  test.each([
    ['a reliable provisional response', reliable(1)],
    ['another one', []],
  ])('is answered after %s', async (_, headers) => {
    const server = await startDrachtio();
    const far = await callee((invite) => invite.respond('183 Session Progress', { headers, body: ANSWER }));
    const srf = await connect(server);
    const call = dial(srf, far.uri);
    await call.rang(183);
    const invite = await far.nth('INVITE');
    invite.request('UPDATE', 7, [`Contact: <${far.uri}>`], OFFER);
    // drachtio-srf itself answers it.
    expect((await far.nth('200')).header('CSeq')).toBe('7 UPDATE');
    invite.answer();
    await call.answered;
  });
});
