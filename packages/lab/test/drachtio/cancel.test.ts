import { once } from 'node:events';
import type Srf from 'drachtio-srf';
import { describe, expect, test } from 'vitest';
import { ANSWER, connect, dial, startCallee, startDrachtio, uriOf } from './network.js';

function cancel(request: Srf.SrfRequest): Promise<unknown> {
  return new Promise((resolve) => request.cancel((error) => resolve(error)));
}

describe.each(['udp', 'tcp'])('CANCEL over %s', (transport) => {
  test('while it rings ends the call with 487', async () => {
    const server = await startDrachtio();
    const callee = await startCallee((call) => call.provisional(180));
    const srf = await connect(server);
    const call = dial(srf, uriOf(callee, transport));
    await call.rang(180);
    expect(await cancel(await call.request)).toBeNull();
    await expect(call.answered).rejects.toMatchObject({ status: 487 });
    await callee.log.waitFor((e) => e.method === 'ACK');
    expect(callee.log.entries.map((e) => `${e.method} ${e.status ?? ''}`.trim())).toEqual([
      ...['INVITE', 'CANCEL', 'CANCEL 200', 'INVITE 487', 'ACK'],
    ]);
    expect(server.counts).toMatchObject({ dialogs: 0, invites: 0 });
  });

  test('is held back until the callee says anything', async () => {
    const server = await startDrachtio();
    let ring: () => void = () => {};
    const callee = await startCallee(
      (call) => {
        ring = () => call.provisional(180);
      },
      // So that the 100 which is due after 0.4*T1 does not come in between.
      { t1Ms: 5000 },
    );
    const srf = await connect(server);
    const call = dial(srf, uriOf(callee, transport));
    await callee.log.waitFor((e) => e.method === 'INVITE');
    expect(await cancel(await call.request)).toBeNull();
    expect(callee.log.requests('CANCEL')).toHaveLength(0);
    ring();
    await expect(call.answered).rejects.toMatchObject({ status: 487 });
    expect(callee.log.requests('CANCEL', 'in')).toHaveLength(1);
  });

  test('crossed by the 200 leaves the client with a dialog, which is released once acknowledged', async () => {
    const server = await startDrachtio();
    const callee = await startCallee((call) => {
      call.provisional(180);
      call.on('cancelling', () => void call.accept({ sdp: ANSWER }));
    });
    const srf = await connect(server);
    const call = dial(srf, uriOf(callee, transport));
    await call.rang(180);
    await cancel(await call.request);
    const dialog = await call.answered;
    await once(dialog as never, 'destroy');
    const bye = await callee.log.waitFor((e) => e.method === 'BYE' && e.direction === 'in');
    expect(bye.headers.Reason).toBe('SIP;cause=200;text="ACK-BYE due to cancel race condition"');
    expect(callee.log.requests('ACK', 'in')).toHaveLength(1);
    expect(server.counts).toMatchObject({ dialogs: 0, invites: 0 });
  });

  test('after the answer is refused, and the call stays up', async () => {
    const server = await startDrachtio();
    const callee = await startCallee((call) => call.accept({ sdp: ANSWER }));
    const srf = await connect(server);
    const call = dial(srf, uriOf(callee, transport));
    const dialog = await call.answered;
    expect(String(await cancel(await call.request))).toMatch(/cancel/);
    expect(server.counts.dialogs).toBe(1);
    await dialog.destroy();
  });
});

test('a call that was challenged can be cancelled by the request it began with', async () => {
  const server = await startDrachtio();
  const callee = await startCallee((call) => {
    if (call.request.headers.has('Proxy-Authorization')) call.provisional(180);
    else {
      const challenge = 'Digest realm="lab", nonce="abc", algorithm=MD5, qop="auth"';
      call.reject(407, { headers: { 'Proxy-Authenticate': challenge } });
    }
  });
  const srf = await connect(server);
  const call = dial(srf, uriOf(callee), { auth: { username: 'a', password: 'b' } });
  await call.rang(180);
  expect(await cancel(await call.request)).toBeNull();
  await expect(call.answered).rejects.toMatchObject({ status: 487 });
});

test('a callee that never answers the CANCEL is given up after 64*T1', async () => {
  const server = await startDrachtio({ t1Ms: 10 });
  const callee = await startCallee((call) => {
    call.provisional(180);
    // It says 200 to the CANCEL, and nothing to the INVITE.
    call.on('cancelling', () => callee.close());
  });
  const srf = await connect(server);
  const call = dial(srf, uriOf(callee));
  await call.rang(180);
  await cancel(await call.request);
  await expect(call.answered).rejects.toMatchObject({ status: 408 });
});
