import { goodData, hostileText, job, type Kind, pick } from './raw-job.js';

const HOSTILE_VALUES: readonly string[] = [
  ...['null', 'true', '-1', '0', '1e309', '-1e309', '1e-400', '9007199254740993', '""', '[]', '{}', '[[]]'],
  ...[
    '"NaN"',
    '{"toString":1}',
    '{"length":-1}',
    '{"then":1}',
    '{"__proto__":null}',
    '"\\ud800"',
    '"\\u0000"',
  ],
];

const FIELDS = [
  ...['id', 'callTo', 'callFrom', 'secondsTimeout', 'codecs', 'liveSpeakerDetect', 'lsdTimeoutMilliseconds'],
  ...['lane', 'trunk', 'headers', 'expiresAt', 'maxDurationSeconds', 'onAnswered', 'metadata', 'x'],
];

/** Jobs whose data are not a call job, or a pathological one. */
export const BAD_DATA: readonly Kind[] = [
  (random, id) => {
    const whole = JSON.stringify(goodData(id));
    return job('data cut off', id, whole.slice(0, random.between(1, whole.length - 1)), 'invalid');
  },
  (random, id) => job('data that is no JSON', id, `{${hostileText(random)}`, 'invalid'),
  (random, id) => {
    const bytes = Buffer.from(Array.from({ length: random.between(1, 400) }, () => random.between(0, 255)));
    return job('data of random bytes', id, bytes, 'invalid');
  },
  (random, id) =>
    job(
      'data that is no object',
      id,
      pick(random, ['1', 'null', '"x"', '[]', '[{}]', '1e999', '']),
      'invalid',
    ),
  (random, id) => {
    const { [pick(random, ['id', 'callTo'])]: _gone, ...rest } = goodData(id);
    return job('data without a field that it must have', id, JSON.stringify(rest), 'invalid');
  },
  (random, id) => {
    const field = pick(random, FIELDS);
    const value = pick(random, HOSTILE_VALUES);
    const { [field]: _old, ...rest } = goodData(id);
    // Some fields may well hold such a value; what matters is that one result comes of it.
    const data = `${JSON.stringify(rest).slice(0, -1)},"${field}":${value}}`;
    return job(`${field}: ${value}`, id, data, 'either');
  },
  (random, id) => {
    const field = pick(random, ['callTo', 'callFrom', 'codecs', 'lane', 'liveSpeakerDetect']);
    const data = JSON.stringify({ ...goodData(id), [field]: hostileText(random) });
    return job(`${field} with hostile text`, id, data, 'invalid');
  },
  (random, id) => {
    const levels = random.between(70, random.chance(0.1) ? 100_000 : 3000);
    const [open, close] = pick(random, [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    const deep = `${open.repeat(levels)}1${close.repeat(levels)}`;
    const data = `{"id":"${id}","callTo":"sip:busy@lab","metadata":{"deep":${deep}}}`;
    return job(`metadata ${levels} levels deep`, id, data, 'invalid');
  },
  (random, id) => {
    const length = random.chance(0.2) ? 1_000_000 : random.between(65_536, 100_000);
    const field = pick(random, ['callTo', 'trunk', 'callFrom', 'x']);
    return job('huge data', id, JSON.stringify({ ...goodData(id), [field]: 'x'.repeat(length) }), 'invalid');
  },
  (random, id) => {
    const evil = pick(random, [
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'then',
      'hasOwnProperty',
    ]);
    const value = pick(random, ['{"polluted":"yes"}', '{"prototype":{"polluted":"yes"}}', '"x"', 'null']);
    const where = pick(random, ['headers', 'metadata', 'onAnswered']);
    const data = `{"id":"${id}","callTo":"sip:busy@lab","${where}":{"${evil}":${value}}}`;
    return job(`${where}.${evil}`, id, data, 'either');
  },
  (random, id) => {
    const evil = pick(random, ['__proto__', 'constructor', 'toString', 'then', 'unreadable']);
    const value = pick(random, [
      '{"toString":1,"polluted":"yes"}',
      '{"callTo":"sip:busy@lab"}',
      '"x"',
      'null',
    ]);
    return job(`a field ${evil}`, id, `{"id":"${id}","callTo":"sip:busy@lab","${evil}":${value}}`, 'either');
  },
  (random, id) => {
    const [name, value] = pick(random, [
      ['X-A', 'one\r\nRoute: <sip:evil@127.0.0.1>'],
      ['X-A\r\nVia', 'x'],
      ['X-A', 'a\nb'],
      ['X-A', 'a\rb'],
      ['X-A', '\0'],
      ['X A', 'b'],
      ['', 'b'],
      ['X-A:', 'b'],
      ['Call-ID', 'mine'],
      ['vIA', 'SIP/2.0/UDP evil'],
      ['Content-Length', '99999'],
      ['Max-Forwards', '0'],
      ['X-A', 'x'.repeat(2049)],
      ['x'.repeat(65), 'b'],
    ] as const);
    const headers = { [name]: value };
    return job('a header that breaks out', id, JSON.stringify({ ...goodData(id), headers }), 'invalid');
  },
  (random, id) => {
    const headers = Object.fromEntries(
      Array.from({ length: random.between(65, 3000) }, (_, n) => [`a b${n}`, '']),
    );
    return job('thousands of bad headers', id, JSON.stringify({ ...goodData(id), headers }), 'invalid');
  },
  (random, id) => {
    const headers = Object.fromEntries(
      Array.from({ length: random.between(3, 25) }, (_, n) => [`X-${n}`, 'long '.repeat(400)]),
    );
    return job('headers too long for an INVITE', id, JSON.stringify({ ...goodData(id), headers }), 'invalid');
  },
  (random, id) => {
    const callTo = pick(random, [
      ...[
        'sip:',
        'sip:@',
        'sip:a@',
        'sip:busy@lab:0',
        'sip:busy@lab:99999',
        'sip:busy@[::1',
        'sip:b usy@lab',
      ],
      ...[
        'tel:',
        'tel:+',
        'tel:abc',
        'sip:bu\r\nsy@lab',
        'javascript:alert(1)',
        'sip:busy@lab;maddr=127.0.0.1',
      ],
      ...['sip:busy@999.1.1.1', 'sip:%zz@lab', `sip:${'a'.repeat(1100)}@lab`, '//', '1'],
    ]);
    return job(`callTo ${callTo.slice(0, 40)}`, id, JSON.stringify({ ...goodData(id), callTo }), 'invalid');
  },
  (random, id) => {
    const metadata = { text: hostileText(random), [hostileText(random)]: 1 };
    return job('strange text in its metadata', id, JSON.stringify({ ...goodData(id), metadata }), 'busy');
  },
];
