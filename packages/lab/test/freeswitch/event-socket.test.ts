import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { SocketClient } from './socket-client.js';
import { startFreeSwitch } from './test-client.js';

const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';

describe('authentication', () => {
  test('the right password is accepted', async () => {
    const { eventSocketAddress } = await startFreeSwitch({ password: 'secret' });
    const client = await SocketClient.connect(eventSocketAddress);
    expect((await client.next()).headers).toEqual({ 'Content-Type': 'auth/request' });
    expect(await client.ask('auth secret')).toBe('+OK accepted');
  });

  test('a wrong password is refused, with a goodbye', async () => {
    const { eventSocketAddress } = await startFreeSwitch();
    const client = await SocketClient.connect(eventSocketAddress);
    await client.next();
    expect(await client.ask('auth nope')).toBe('-ERR invalid');
    expect(await client.next()).toEqual({
      headers: { 'Content-Type': 'text/disconnect-notice', 'Content-Length': '67' },
      body: GOODBYE,
    });
    await once(client.socket, 'close');
  });

  test('nothing works before it', async () => {
    const { eventSocketAddress } = await startFreeSwitch();
    const client = await SocketClient.connect(eventSocketAddress);
    await client.next();
    expect(await client.ask('api status')).toBe('-ERR command not found');
    expect(await client.ask('auth ClueCon')).toBe('+OK accepted');
  });

  test('exit says bye and closes', async () => {
    const { eventSocketAddress } = await startFreeSwitch();
    const client = await SocketClient.login(eventSocketAddress);
    expect(await client.ask('exit')).toBe('+OK bye');
    expect((await client.next()).body).toBe(GOODBYE);
    await once(client.socket, 'close');
  });
});

/** Recorded from FreeSWITCH 1.10.12 with no channel up. */
test.each([
  ['api nosuch command', '-ERR nosuch Command not found!\n'],
  ['api', '-ERR command not found'],
  ['api uuid_exists x', 'false'],
  ['api uuid_kill x', '-ERR No such channel!\n'],
  ['api uuid_kill', '-USAGE: <uuid> [cause]\n'],
  ['api uuid_break x', '-ERR No such channel!\n'],
  ['api uuid_setvar x y z', '-ERR No such channel!\n'],
  ['api uuid_getvar x y', '-ERR No such channel!\n'],
  ['api uuid_dump x', '-ERR No such channel!\n'],
  ['api uuid_set_media_stats x', '-ERR No such channel x!\n'],
  ['api uuid_audio_fork x start ws://127.0.0.1/ mono 8000', '-ERR Operation Failed\n'],
  ['api show channels', '\n0 total.\n'],
  ['api show channels count', '\n0 total.\n'],
  ['api show calls count', '\n0 total.\n'],
  ['api global_getvar rtp_secure_media', 'forbidden'],
  ['api global_getvar nope', '-ERR no reply\n'],
  ['api version short', '1.10.12-release\n'],
  ['api echo hi', 'hi'],
  ['api hupall', '+OK hangup all channels with cause MANAGER_REQUEST\n'],
  ['api conference x list count', '-ERR Conference x not found\n'],
  ['event', '-ERR no keywords supplied'],
  ['event plain NOSUCH', '-ERR no keywords supplied'],
  ['event json HEARTBEAT CUSTOM a::b', '+OK event listener enabled json'],
  ['event xml ALL', '+OK event listener enabled xml'],
  ['nixevent', '-ERR no keywords supplied'],
  ['nixevent HEARTBEAT', '+OK events nixed'],
  ['noevents', '-ERR not listening for events'],
  ['filter a', '-ERR invalid syntax'],
  ['filter a b', '+OK filter added. [a]=[b]'],
  ['filter delete a b', '+OK filter deleted. [a][b]'],
  ['filter delete all', '+OK filter deleted. [all][]'],
  ['linger', '-ERR not controlling a session'],
  ['nolinger', '-ERR not controlling a session'],
  ['divert_events on', '-ERR not controlling a session.'],
  ['myevents', '-ERR command not found'],
  ['connect', '-ERR command not found'],
  ['foo', '-ERR command not found'],
  ['sendmsg x\ncall-command: hangup', '-ERR invalid session id [x]'],
  ['sendmsg\ncall-command: hangup', '-ERR invalid session id []'],
])('%j is answered %j', async (command, answer) => {
  const { eventSocketAddress } = await startFreeSwitch();
  const client = await SocketClient.login(eventSocketAddress);
  expect(await client.ask(command)).toBe(answer);
});

describe('commands', () => {
  test('sofia status shows the profile with its SIP address', async () => {
    const { eventSocketAddress, sipAddress } = await startFreeSwitch();
    const client = await SocketClient.login(eventSocketAddress);
    const rule = '='.repeat(97);
    expect(await client.ask('api sofia status')).toBe(
      `                     Name\t   Type\t                                      Data\tState\n${rule}\n` +
        `             drachtio_mrf\tprofile\t${`sip:mod_sofia@127.0.0.1:${sipAddress.port}`.padStart(42)}\tRUNNING (0)\n` +
        `${rule}\n1 profile 0 aliases\n`,
    );
  });

  test('status tells of the sessions and the limits', async () => {
    const { eventSocketAddress } = await startFreeSwitch({ maxSessions: 7, sessionsPerSecond: 3 });
    const client = await SocketClient.login(eventSocketAddress);
    const status = await client.ask('api status');
    expect(status).toMatch(/^UP 0 years, 0 days, .* is ready\n0 session\(s\) since startup\n/s);
    expect(status).toContain('out of max 3');
    expect(status).toContain('7 session(s) max');
  });

  test('several commands in one packet, and one in many, are each answered', async () => {
    const { eventSocketAddress } = await startFreeSwitch();
    const client = await SocketClient.login(eventSocketAddress);
    client.send('api echo one\n\napi echo two');
    expect([(await client.next()).body, (await client.next()).body]).toEqual(['one', 'two']);
    for (const character of 'api echo three') client.socket.write(character);
    expect(await client.ask('')).toBe('three');
  });

  test('a Content-Length that cannot be meant ends the connection', async () => {
    const { eventSocketAddress } = await startFreeSwitch();
    const client = await SocketClient.login(eventSocketAddress);
    client.send('sendevent CUSTOM\nContent-Length: 99999999999');
    expect((await client.next()).body).toBe(GOODBYE);
  });
});

describe('events', () => {
  test('bgapi gives the job, and its result comes as BACKGROUND_JOB', async () => {
    const { eventSocketAddress } = await startFreeSwitch();
    const client = await SocketClient.login(eventSocketAddress);
    await client.ask('event plain BACKGROUND_JOB');
    client.send('bgapi echo hi\nJob-UUID: abc');
    expect((await client.next()).headers).toMatchObject({
      'Reply-Text': '+OK Job-UUID: abc',
      'Job-UUID': 'abc',
    });
    const { headers, body } = await client.next();
    expect(headers['Content-Type']).toBe('text/event-plain');
    expect(body).toMatch(/^Event-Name: BACKGROUND_JOB\n/);
    expect(body).toMatch(/\nJob-UUID: abc\nJob-Command: echo\nJob-Command-Arg: hi\nContent-Length: 2\n\nhi$/);
  });

  test('what one client sends with sendevent, another that has subscribed to it hears as JSON', async () => {
    const { eventSocketAddress } = await startFreeSwitch();
    const [sender, listener] = [
      await SocketClient.login(eventSocketAddress),
      await SocketClient.login(eventSocketAddress),
    ];
    await listener.ask('event json CUSTOM a::b');
    await sender.ask('sendevent CUSTOM\nEvent-Subclass: a::other');
    await sender.ask(
      'sendevent CUSTOM\nEvent-Subclass: a::b\nfoo: bar baz\nContent-Length: 5\n\nhello'.trimEnd(),
    );
    const event = JSON.parse((await listener.next()).body);
    expect(event).toMatchObject({
      'Event-Name': 'CUSTOM',
      'Event-Subclass': 'a::b',
      'Content-Length': '5',
      foo: 'bar baz',
      _body: 'hello',
    });
    expect(event['Core-UUID']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a filter lets in what matches, by value or by pattern, and keeps the rest out', async () => {
    const { eventSocketAddress } = await startFreeSwitch();
    const client = await SocketClient.login(eventSocketAddress);
    await client.ask('event json CUSTOM a::b');
    await client.ask('filter colour red');
    await client.ask('filter colour /^gr/');
    for (const colour of ['blue', 'RED', 'green']) {
      await client.ask(`sendevent CUSTOM\nEvent-Subclass: a::b\ncolour: ${colour}`);
      if (colour !== 'blue') expect(JSON.parse((await client.next()).body).colour).toBe(colour);
    }
  });
});
