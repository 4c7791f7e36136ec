import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from 'vitest';
import { SipAgent } from '../../src/sip/index.js';
import {
  ANSWER,
  connect,
  dial,
  startAnsweringCallee,
  startCallee,
  startDrachtio,
  uriOf,
  withResolvers,
} from './network.js';

describe.each(['udp', 'tcp'])('over %s', (transport) => {
  test('a port on which no process listens gives 503', async () => {
    const server = await startDrachtio();
    const srf = await connect(server);
    const gone = await SipAgent.start();
    await gone.close();
    await expect(dial(srf, uriOf(gone, transport)).answered).rejects.toMatchObject({ status: 503 });
    // The port is not remembered as dead.
    const { port } = gone.address;
    const back = await startCallee((call) => call.reject(486), { port });
    await expect(dial(srf, uriOf(back, transport)).answered).rejects.toMatchObject({ status: 486 });
  });

  test('a callee that never responds gives 408 after 64*T1', async () => {
    const server = await startDrachtio({ t1Ms: 10 });
    const callee = await startCallee(() => {}, { isIgnored: () => true });
    const srf = await connect(server);
    await expect(dial(srf, uriOf(callee, transport)).answered).rejects.toMatchObject({ status: 408 });
    expect(callee.log.requests('INVITE', 'in')).toHaveLength(1);
    expect(server.counts.invites).toBe(0);
  });
});

test('a name that cannot be looked up is 503', async () => {
  const server = await startDrachtio();
  const srf = await connect(server);
  await expect(dial(srf, 'sip:a@nowhere.invalid').answered).rejects.toMatchObject({
    ...{ status: 503, reason: 'DNS Error' },
  });
});

test.each([
  ['sip:a@127.0.0.1:5060;transport=tls', 'requested protocol/transport not available'],
  ['sip:a@127.0.0.1:own', 'can not send request to myself'],
])('a call to %s is refused before it is sent', async (uri, why) => {
  const server = await startDrachtio();
  const srf = await connect(server);
  const target = uri.replace('own', `${server.sipAddress.port}`);
  await expect(dial(srf, target).answered).rejects.toThrow(why);
});

/** The 200 that a callee of bare datagrams gives to this INVITE. */
function okTo(invite: string, tag: string, port: number): string {
  return invite
    .replace(/^INVITE .*/, 'SIP/2.0 200 OK')
    .replace(/^(To: [^\r]*)/m, `$1;tag=${tag}`)
    .replace(/^(Contact: )[^\r]*/m, `$1<sip:${tag}@127.0.0.1:${port}>`)
    .replace(/Content-Type[\s\S]*/, 'Content-Length: 0\r\n\r\n');
}

async function bareSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

test('a callee that did not hear the ACK, and repeats its 200, gets the ACK again', async () => {
  const server = await startDrachtio();
  const socket = await bareSocket();
  const { promise: acknowledgedTwice, resolve } = withResolvers<void>();
  let ok = '';
  let acks = 0;
  socket.on('message', (bytes, from) => {
    const text = bytes.toString();
    if (text.startsWith('INVITE')) ok = okTo(text, 'one', socket.address().port);
    else if (++acks === 2) resolve();
    if (acks < 2) socket.send(ok, from.port, from.address);
  });
  const srf = await connect(server);
  await dial(srf, `sip:a@127.0.0.1:${socket.address().port}`).answered;
  await acknowledgedTwice;
  socket.close();
});

test('garbage on every port leaves the server and the callee working', async () => {
  const problems: string[] = [];
  const server = await startDrachtio({ onProblem: (what) => problems.push(what) });
  const { callee } = await startAnsweringCallee();
  const garbage = [
    'hello, is anybody there?\r\n\r\n',
    'INVITE sip:x SIP/2.0\r\n\r\n',
    'INVITE\r\nVia\r\n: :\r\n\r\n',
    'SIP/2.0 999 What\r\nVia: SIP/2.0/UDP x\r\n\r\n',
    'SIP/2.0 200 OK\r\nVia: nonsense\r\nFrom: <\r\nTo: >\r\nCall-ID: \r\nCSeq: x\r\n\r\n',
    'BYE sip:a@b SIP/2.0\r\nVia: ;;;\r\nFrom: <sip:a;tag=\r\nTo: x;tag=1\r\nCall-ID: 1\r\nCSeq: 99999999999 BYE\r\n\r\n',
    'OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP ::::\r\nf: a\r\nt: b\r\ni: c\r\nCSeq: -1 OPTIONS\r\nl: 99999\r\n\r\n',
  ];
  const socket = createSocket('udp4');
  for (const { port } of [server.sipAddress, callee.address]) {
    for (const text of garbage) socket.send(text, port, '127.0.0.1');
    socket.send(Buffer.from(Array.from({ length: 900 }, (_, i) => (i * 73) % 256)), port, '127.0.0.1');
    const stream = connectTcp(port, '127.0.0.1');
    stream.on('error', () => {});
    stream.end(`${garbage.join('')}INVITE sip:x SIP/2.0\r\nContent-Length: many\r\n\r\n`);
    await once(stream.resume(), 'close');
  }
  socket.close();
  const admin = connectTcp(server.address.port, server.address.host);
  admin.on('error', () => {});
  admin.end('what#is this');
  await once(admin.resume(), 'close');

  const srf = await connect(server);
  const dialog = await dial(srf, uriOf(callee)).answered;
  expect(dialog.remote.sdp).toBe(ANSWER);
  await dialog.destroy();
  expect(problems.length).toBeGreaterThan(3);
});
