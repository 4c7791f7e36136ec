import { once } from 'node:events';
import Srf from 'drachtio-srf';
import { describe, expect, test } from 'vitest';
import { DigestVerifier } from '../../src/sip/index.js';
import {
  ANSWER,
  connect,
  dial,
  OFFER,
  startAnsweringCallee,
  startCallee,
  startDrachtio,
  uriOf,
} from './network.js';

describe('connecting', () => {
  test('a client with the secret is told the addresses and the version', async () => {
    const server = await startDrachtio();
    const srf = new Srf();
    srf.connect({ ...server.address, secret: 'cymru' });
    const [error, hostports, version] = await once(srf, 'connect');
    const { host, port } = server.sipAddress;
    expect([error, hostports, version]).toEqual([null, `tcp/${host}:${port},udp/${host}:${port}`, 'v0.9.10']);
    srf.disconnect();
  });

  test('a client with another secret is refused', async () => {
    const server = await startDrachtio();
    const srf = new Srf();
    srf.on('error', () => {});
    srf.connect({ ...server.address, secret: 'wrong', reconnect: { maxAttempts: 1 } } as never);
    const [error] = await once(srf, 'connect');
    expect((error as Error).message).toBe('failed to authenticate to server');
  });

  test('a route registration is accepted, but a call to the server still gets 503', async () => {
    const server = await startDrachtio();
    const srf = await connect(server);
    srf.invite(() => {});
    const caller = await startCallee(() => {});
    const { host, port } = server.sipAddress;
    const outcome = await caller.invite({ uri: `sip:worker@${host}:${port}`, sdp: OFFER }).outcome;
    expect(outcome).toMatchObject({ kind: 'refused', response: { status: 503 } });
  });
});

describe.each(['udp', 'tcp'])('a call over %s', (transport) => {
  test('is answered, carries both SDPs, and is released by the client with its Reason', async () => {
    const server = await startDrachtio();
    const { callee, up } = await startAnsweringCallee();
    const srf = await connect(server);
    const uri = uriOf(callee, transport);
    const call = dial(srf, uri, { headers: { 'X-Job': '42' }, callingNumber: '441632960000' });
    const dialog = await call.answered;
    expect(call.provisional.map((response) => response.status)).toEqual([180]);
    expect(dialog.remote.sdp).toBe(ANSWER);

    const [invite] = callee.log.requests('INVITE', 'in');
    const { port } = server.sipAddress;
    expect(invite?.uri).toBe(uri);
    expect(invite?.headers['X-Job']).toBe('42');
    expect(invite?.headers.From).toMatch(`<sip:441632960000@127.0.0.1:${port}`);
    expect(invite?.headers.CSeq).not.toBe('1 INVITE');
    expect((await up).remoteSdp).toBe(OFFER);
    expect(callee.log.requests('ACK', 'in')).toHaveLength(1);

    await dialog.destroy({ headers: { Reason: 'Q.850;cause=16' } } as never);
    const bye = await callee.log.waitFor((e) => e.method === 'BYE' && e.direction === 'in');
    expect(bye.headers.Reason).toBe('Q.850;cause=16');
    expect(server.counts).toMatchObject({ dialogs: 0, invites: 0 });
  });

  test('is released by the callee, and the client sees the Reason of its BYE', async () => {
    const server = await startDrachtio();
    const { callee, up } = await startAnsweringCallee();
    const srf = await connect(server);
    const dialog = await dial(srf, uriOf(callee, transport)).answered;
    const destroyed = once(dialog as never, 'destroy');
    const response = await (await up).bye({ Reason: 'Q.850;cause=31' });
    expect(response?.status).toBe(200);
    const [bye] = (await destroyed) as [Srf.SrfRequest];
    expect(bye.get('Reason')).toBe('Q.850;cause=31');
    expect(server.counts.dialogs).toBe(0);
  });

  test.each([
    [486, {}],
    [404, { Reason: 'Q.850;cause=1' }],
    [503, { 'Retry-After': '30' }],
    [603, {}],
  ])('is refused with %i, and the client gets status, reason and headers', async (status, headers) => {
    const server = await startDrachtio();
    const callee = await startCallee((call) => call.reject(status, { reason: 'As It Likes', headers }));
    const srf = await connect(server);
    const failure = await dial(srf, uriOf(callee, transport)).answered.catch((error) => error);
    expect(failure).toMatchObject({ status, reason: 'As It Likes' });
    for (const [name, value] of Object.entries(headers)) expect(failure.res.get(name)).toBe(value);
    await callee.log.waitFor((e) => e.method === 'ACK');
    expect(server.counts).toMatchObject({ dialogs: 0, invites: 0 });
  });

  test('has early media, rings and is answered: each response reaches the client once', async () => {
    const server = await startDrachtio();
    const callee = await startCallee((call) => {
      call.provisional(183, { sdp: ANSWER });
      call.provisional(180);
      void call.accept({ sdp: ANSWER });
    });
    const srf = await connect(server);
    const call = dial(srf, uriOf(callee, transport));
    await call.answered;
    expect(call.provisional.map((response) => [response.status, response.body])).toEqual([
      [183, ANSWER],
      [180, ''],
    ]);
  });

  test('is challenged, and answered when the client repeats it with its credentials', async () => {
    const server = await startDrachtio();
    const credentials = { username: 'trunk', password: 'secret' };
    const verifier = new DigestVerifier('lab', credentials);
    const callee = await startCallee((call) => {
      if (verifier.isAuthorized(call.request)) void call.accept({ sdp: ANSWER });
      else call.reject(407, { headers: { 'Proxy-Authenticate': verifier.challenge() } });
    });
    const srf = await connect(server);
    const dialog = await dial(srf, uriOf(callee, transport), { auth: credentials }).answered;
    const invites = callee.log.requests('INVITE', 'in');
    expect(invites).toHaveLength(2);
    expect(invites[1]?.callId).toBe(invites[0]?.callId);
    const [first, second] = invites.map((entry) => Number.parseInt(entry.headers.CSeq ?? '', 10));
    expect(second).toBe((first ?? 0) + 1);
    await dialog.destroy();
  });

  test('is challenged, and refused with 407 when the credentials are wrong', async () => {
    const server = await startDrachtio();
    const verifier = new DigestVerifier('lab', { username: 'trunk', password: 'secret' });
    const callee = await startCallee((call) =>
      verifier.isAuthorized(call.request)
        ? call.accept({ sdp: ANSWER })
        : call.reject(407, { headers: { 'Proxy-Authenticate': verifier.challenge() } }),
    );
    const srf = await connect(server);
    const auth = { username: 'trunk', password: 'guessed' };
    await expect(dial(srf, uriOf(callee, transport), { auth }).answered).rejects.toMatchObject({
      status: 407,
    });
    expect(callee.log.requests('INVITE', 'in')).toHaveLength(2);
  });

  test('gets a new offer from the client, and the answer comes back', async () => {
    const server = await startDrachtio();
    const moved = ANSWER.replace('45000', '45002');
    const offers: string[] = [];
    const callee = await startCallee(async (call) => {
      const dialog = await call.accept({ sdp: ANSWER });
      dialog.on('reinvite', ({ request, respond }) => {
        offers.push(request.body);
        respond(200, { sdp: moved });
      });
    });
    const srf = await connect(server);
    const dialog = await dial(srf, uriOf(callee, transport)).answered;
    const offer = OFFER.replace('46000', '46002');
    expect(await dialog.modify(offer)).toBe(moved);
    expect(offers).toEqual([offer]);
    await callee.log.waitFor(() => callee.log.requests('ACK', 'in').length === 2);
    await dialog.destroy();
  });

  test('gets a new offer from the callee, and the client answers it', async () => {
    const server = await startDrachtio();
    const { callee, up } = await startAnsweringCallee();
    const srf = await connect(server);
    const dialog = await dial(srf, uriOf(callee, transport)).answered;
    const response = await (await up).reinvite(ANSWER.replace('45000', '45004'));
    expect(response).toMatchObject({ status: 200, body: OFFER });
    expect(dialog.remote.sdp).toContain('45004');
    expect((await (await up).request('INFO')).status).toBe(200);
    await dialog.destroy();
  });

  test('without an offer takes the callee’s, and answers it in the ACK', async () => {
    const server = await startDrachtio();
    const { callee, up } = await startAnsweringCallee();
    const srf = await connect(server);
    const dialling = srf.createUAC(uriOf(callee, transport), { noAck: true } as never);
    const { sdp, ack } = (await dialling) as unknown as {
      sdp: string;
      ack: (sdp: string) => Promise<Srf.Dialog>;
    };
    expect(sdp).toBe(ANSWER);
    const dialog = await ack(OFFER);
    expect((await up).remoteSdp).toBe(OFFER);
    await dialog.destroy();
  });
});
