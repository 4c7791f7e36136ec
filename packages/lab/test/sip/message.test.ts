import { describe, expect, test } from 'vitest';
import { SipHeaders } from '../../src/sip/message/headers.js';
import { parseMessage, type SipMessage, serialise } from '../../src/sip/message/message.js';
import { parseNameAddr, parseUri } from '../../src/sip/message/uri.js';
import { StreamFramer } from '../../src/sip/transport/stream-framer.js';

const INVITE = [
  'INVITE sip:bob@127.0.0.1 SIP/2.0',
  'v: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1, SIP/2.0/UDP 127.0.0.2',
  'f: "Alice, of A" <sip:alice@a>;tag=1',
  't: <sip:bob@127.0.0.1>',
  'i: call-1',
  'CSEQ: 7 INVITE',
  'X-cId: 42',
  'Subject: folded',
  '  over two lines',
  'l: 3',
  '',
  'v=0',
].join('\r\n');

function parsed(text: string): SipMessage {
  const outcome = parseMessage(text);
  if (outcome.kind === 'malformed') throw new Error(outcome.why);
  return outcome.message;
}

describe('a message', () => {
  test('is understood with compact names, folded lines and any capitals', () => {
    const { headers, body } = parsed(INVITE);
    expect(headers.list('Via')).toHaveLength(2);
    expect(headers.list('From')).toEqual(['"Alice, of A" <sip:alice@a>;tag=1']);
    expect(headers.get('call-id')).toBe('call-1');
    expect(headers.get('Subject')).toBe('folded over two lines');
    expect(body).toBe('v=0');
  });

  test('is understood with bare line feeds and leading blank lines', () => {
    expect(parsed(`\r\n\r\n${INVITE.replaceAll('\r\n', '\n')}`)).toMatchObject({
      method: 'INVITE',
      body: 'v=0',
    });
  });

  test('is sent with full names, and the length its body has in bytes', () => {
    const message = parsed(INVITE);
    message.body = 'grüße';
    const text = serialise(message).toString();
    expect(text).toContain('\r\nCall-ID: call-1\r\n');
    expect(text).toContain('\r\nX-cId: 42\r\n');
    expect(text.endsWith('Content-Length: 7\r\n\r\ngrüße')).toBe(true);
  });

  test('gets no line of its own from a header value', () => {
    expect(new SipHeaders({ 'X-A': 'b\r\nEvil: yes' }).get('X-A')).toBe('b Evil: yes');
  });

  test.each([
    '',
    '\r\n\r\n',
    'INVITE',
    'INVITE sip:a SIP/3.0\r\n\r\n',
    'SIP/2.0 9 x\r\n\r\n',
    INVITE.replace('i:', 'y:'),
  ])('that is none is malformed, and not an exception: %j', (text) => {
    expect(parseMessage(text).kind).toBe('malformed');
  });

  test('cut off or garbled at any place never throws', () => {
    for (let at = 0; at < INVITE.length; at++) {
      parseMessage(INVITE.slice(0, at));
      parseMessage(`${INVITE.slice(0, at)}\u0000<";${INVITE.slice(at + 1)}`);
    }
  });
});

test('a stream gives the same messages however it is cut', () => {
  const whole = Buffer.concat([
    serialise(parsed(INVITE)),
    Buffer.from('\r\n\r\n'),
    serialise(parsed(INVITE)),
  ]);
  for (let size = 1; size <= whole.length; size += 13) {
    const framer = new StreamFramer();
    const bodies: string[] = [];
    for (let at = 0; at < whole.length; at += size) {
      const framed = framer.push(whole.subarray(at, at + size));
      bodies.push(...framed.messages.map((text) => parsed(text).body));
    }
    expect(bodies).toEqual(['v=0', 'v=0']);
  }
});

test('URIs and addresses are read with their parameters', () => {
  expect(parseUri('sip:bob:pw@[::1]:5070;transport=TCP;lr')).toMatchObject({
    ...{ user: 'bob:pw', host: '::1', port: 5070 },
    params: new Map([
      ['transport', 'TCP'],
      ['lr', ''],
    ]),
  });
  expect(parseUri('tel:+44')).toBeUndefined();
  expect(parseNameAddr('"A" <sip:a@b;x=1>;tag=9')).toMatchObject({
    ...{ displayName: 'A', uri: 'sip:a@b;x=1' },
    params: new Map([['tag', '9']]),
  });
});

test('a header may have the name of a property that every object has', () => {
  const message = parsed(INVITE.replace('X-cId: 42', 'constructor: a\r\nhasOwnProperty: b'));
  expect(message.headers.get('Constructor')).toBe('a');
  expect(serialise(message).toString()).toContain('\r\nConstructor: a\r\nhasOwnProperty: b\r\n');
});
