import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { DigestVerifier, SipAgent, type SipAgentOptions } from '../../src/sip/index.js';

const started: { close(): unknown }[] = [];

async function agent(options: SipAgentOptions = {}): Promise<SipAgent> {
  const made = await SipAgent.start(options);
  started.push(made);
  return made;
}

async function bareSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  started.push(socket);
  return socket;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((part) => part.close()));
});

/** An INVITE as the text of a datagram. */
function inviteText(callee: SipAgent, from: Socket): string {
  return [
    `INVITE sip:a@127.0.0.1:${callee.address.port} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${from.address().port};branch=z9hG4bKx;rport`,
    'From: <sip:me@a>;tag=1',
    'To: <sip:you@b>',
    'Call-ID: c1',
    'CSeq: 1 INVITE',
    `Contact: <sip:me@127.0.0.1:${from.address().port}>`,
    'Content-Length: 0\r\n\r\n',
  ].join('\r\n');
}

describe.each(['udp', 'tcp'])('over %s', (transport) => {
  const uriOf = (to: SipAgent) => `sip:human@127.0.0.1:${to.address.port};transport=${transport}`;

  test('a call is offered, answered, acknowledged and released', async () => {
    const [caller, callee] = [await agent(), await agent()];
    callee.onInvite(async (call) => {
      expect(call.calledUser).toBe('human');
      const dialog = await call.accept({ sdp: 'answer' });
      expect(dialog.remoteSdp).toBe('offer');
      await dialog.bye({ Reason: 'Q.850;cause=16' });
    });
    const outcome = await caller.invite({ uri: uriOf(callee), sdp: 'offer' }).outcome;
    if (outcome.kind !== 'answered') throw new Error('refused');
    expect(outcome.dialog.remoteSdp).toBe('answer');
    await callee.log.waitFor((e) => e.method === 'BYE' && e.status === 200);
    expect(outcome.dialog.isEnded).toBe(true);
    expect(callee.log.entries.map((e) => `${e.direction} ${e.method} ${e.status ?? ''}`.trim())).toEqual([
      ...['in INVITE', 'out INVITE 200', 'in ACK', 'out BYE', 'in BYE 200'],
    ]);
  });

  test('a call is cancelled while it rings', async () => {
    const [caller, callee] = [await agent(), await agent()];
    callee.onInvite((call) => call.provisional(180));
    const invite = caller.invite({ uri: uriOf(callee), sdp: 'offer' });
    await once(invite, 'provisional');
    invite.cancel({ Reason: 'SIP;cause=200' });
    expect(await invite.outcome).toMatchObject({ kind: 'refused', response: { status: 487 } });
    expect(callee.log.requests('CANCEL', 'in')[0]?.headers.Reason).toBe('SIP;cause=200');
  });

  test('a challenge is answered with the credentials, once', async () => {
    const [caller, callee] = [await agent(), await agent()];
    const verifier = new DigestVerifier('lab', { username: 'u', password: 'p' });
    callee.onInvite((call) =>
      call.reject(verifier.isAuthorized(call.request) ? 486 : 401, {
        headers: { 'WWW-Authenticate': verifier.challenge() },
      }),
    );
    const dial = (password: string) =>
      caller.invite({ uri: uriOf(callee), auth: { username: 'u', password } }).outcome;
    expect(await dial('p')).toMatchObject({ response: { status: 486 } });
    expect(await dial('wrong')).toMatchObject({ response: { status: 401 } });
    expect(callee.log.requests('INVITE', 'in')).toHaveLength(4);
  });

  test('a port on which no process listens gives 503', async () => {
    const [caller, gone] = [await agent(), await agent()];
    await gone.close();
    const outcome = await caller.invite({ uri: uriOf(gone) }).outcome;
    expect(outcome).toMatchObject({ kind: 'refused', response: { status: 503 } });
  });

  test('OPTIONS is answered, and requests of unknown dialogs get 481', async () => {
    const [caller, callee] = [await agent(), await agent()];
    expect((await caller.request('OPTIONS', uriOf(callee))).status).toBe(200);
    const to = { To: '<sip:x@y>;tag=unknown' };
    expect((await caller.request('BYE', uriOf(callee), { headers: to })).status).toBe(481);
  });
});

test('a 200 is repeated until its ACK comes, and an INVITE that comes again is one call', async () => {
  const callee = await agent({ t1Ms: 20 });
  const calls: unknown[] = [];
  callee.onInvite((call) => {
    calls.push(call.accept({ sdp: 'answer' }));
  });
  const socket = await bareSocket();
  const text = inviteText(callee, socket);
  let answers = 0;
  socket.on('message', (bytes, from) => {
    if (!bytes.toString().startsWith('SIP/2.0 200') || ++answers !== 3) return;
    const to = /^To: [^\r]*/m.exec(bytes.toString())?.[0] ?? '';
    const ack = text
      .replace(/INVITE/g, 'ACK')
      .replace(/^To: [^\r]*/m, to)
      .replace('z9hG4bKx', 'z9hG4bKy');
    socket.send(ack, from.port, from.address);
  });
  for (let i = 0; i < 2; i++) socket.send(text, callee.address.port, '127.0.0.1');
  await callee.log.waitFor((e) => e.method === 'ACK');
  await Promise.all(calls);
  expect(calls).toHaveLength(1);
  expect(callee.log.requests('INVITE')).toHaveLength(1);
});

test('a 200 that is never acknowledged ends in a BYE after 64*T1', async () => {
  const callee = await agent({ t1Ms: 5 });
  const accepted = new Promise((resolve) => callee.onInvite((call) => resolve(call.accept())));
  const socket = await bareSocket();
  const bye = new Promise<string>((resolve) => {
    socket.on('message', (bytes) => bytes.toString().startsWith('BYE') && resolve(bytes.toString()));
  });
  socket.send(inviteText(callee, socket), callee.address.port, '127.0.0.1');
  await expect(accepted).rejects.toMatchObject({ code: 'ACK_TIMEOUT' });
  expect(await bye).toContain('Call-ID: c1');
  expect(callee.dialogs).toHaveLength(0);
});

test('a settled INVITE cannot be accepted', async () => {
  const [caller, callee] = [await agent(), await agent()];
  const late = new Promise((resolve) =>
    callee.onInvite((call) => {
      call.reject(486);
      call.accept().catch(resolve);
    }),
  );
  await caller.invite({ uri: `sip:a@127.0.0.1:${callee.address.port}` }).outcome;
  expect(await late).toMatchObject({ code: 'NOT_PENDING' });
});

test('the log goes to its file as JSON lines', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sip-log-'));
  const file = join(dir, 'callees.jsonl');
  const [caller, callee] = [await agent(), await agent({ log: { file } })];
  callee.onInvite((call) => call.reject(404));
  await caller.invite({ uri: `sip:a@127.0.0.1:${callee.address.port}`, headers: { 'X-Job': '7' } }).outcome;
  await callee.log.waitFor((e) => e.method === 'ACK');
  await callee.close();
  const lines = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual(callee.log.entries);
  expect(lines[0].headers['X-Job']).toBe('7');
  await rm(dir, { recursive: true });
});
