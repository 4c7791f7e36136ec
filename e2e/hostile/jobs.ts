import type { Random } from '../chaos/random.js';

/** One job as somebody wrote it straight into Redis, past every check. */
export interface RawJob {
  /** What is wrong with it, for the message of a test that fails. */
  what: string;
  lane: string;
  id: string | Buffer;
  /** The id that its result must have. */
  resultId: string;
  /** BullMQ's hash of the job; null: there is none. */
  record: Record<string, string | Buffer> | null;
  /** How often its id stands in the lane's list of waiting jobs. */
  times: number;
  /** BullMQ keeps a set of children under this key: `<job>:dependencies`. */
  hasChildren?: boolean;
  expected: Expected;
}

/** `busy`: dialled, and busy. `either`: that, or refused as an invalid job, or since no route leads there. */
export type Expected = 'invalid' | 'busy' | 'either';

/** Jobs of every kind below, `count` of them, in an order and with details that follow from `random`. */
export function makeRawJobs(random: Random, count: number): RawJob[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[index % KINDS.length] as Kind;
    return kind(random, `h-${index}`);
  });
}

type Kind = (random: Random, id: string) => RawJob;

/** A call job that the contract takes, to a callee that is busy. */
function goodData(id: string): Record<string, unknown> {
  return { id, callTo: 'sip:busy@lab', secondsTimeout: 20, headers: { 'X-Job': id }, metadata: { n: 1 } };
}

const OPTS = '{"attempts":5,"backoff":{"type":"exponential","delay":100}}';

function job(what: string, id: string, data: string | Buffer, expected: Expected): RawJob {
  const record = { name: 'call', data, opts: OPTS, timestamp: String(Date.now()), delay: '0', priority: '0' };
  return { what, lane: 'default', id, resultId: id, record, times: 1, expected };
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.between(0, list.length - 1)] as T;
}

/** Text of bytes, code units and escapes that parsers trip over. */
function hostileText(random: Random): string {
  const pieces = ['\0', '\r\n', '\n', '\t', '\u007f', '\u0085', '\u2028', '\ud800', '\udc00\ud800', '\ufeff'];
  pieces.push('"', '\\', '%00', '%0d%0a', '<!--', '../../', "';--", '<sip:x@y>', '😀', '\u202e', 'a', ' ');
  return Array.from({ length: random.between(1, 12) }, () => pick(random, pieces)).join('');
}

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

const badData: Kind[] = [
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

/** A good job whose record has one field that BullMQ's scripts or its reader stumble over. */
function spoilt(field: string, values: readonly string[], expected: Expected = 'busy'): Kind {
  return (random, id) => {
    const value = pick(random, values);
    const made = job(`${field} = ${value.slice(0, 60)}`, id, JSON.stringify(goodData(id)), expected);
    return { ...made, record: { ...made.record, [field]: value } };
  };
}

const NO_NUMBERS = ['abc', 'nan', 'inf', '-inf', '1.5', '1e309', '99999999999999999999', '0x10', ' 1', ''];

const badRecords: Kind[] = [
  spoilt('opts', [
    ...['nonsense', 'null', '5', '"x"', '[]', '{"attempts":1e309}', '{"attempts":-3}', '{"attempts":"many"}'],
    ...['{"attempts":5,"backoff":{"type":"evil"}}', '{"attempts":5,"backoff":{"type":"toString"}}'],
    ...[
      '{"attempts":5,"backoff":-1}',
      '{"removeOnComplete":{"count":"x"}}',
      '{"removeOnComplete":{"age":-1}}',
    ],
    ...['{"parent":{"id":"p","queue":"q"}}', '{"repeat":{"every":1},"repeatJobKey":"a:b:c:d:e"}'],
    ...['{"de":{"id":"d"}}', '{"__proto__":{"attempts":9}}', `${'['.repeat(5000)}${']'.repeat(5000)}`],
  ]),
  spoilt('ats', NO_NUMBERS),
  spoilt('atm', NO_NUMBERS),
  spoilt('stc', NO_NUMBERS),
  spoilt('priority', NO_NUMBERS),
  spoilt('timestamp', [...NO_NUMBERS, '-5', '9007199254740993']),
  spoilt('delay', NO_NUMBERS),
  spoilt('progress', ['{', '"', 'x', '[1']),
  spoilt('parent', ['5', '{}', '{', 'null', '{"id":"x","queueKey":"{outdial}:calls-default"}', '"x"']),
  spoilt('parentKey', ['x', '{outdial}:calls-default:nobody', '']),
  spoilt('rjk', ['repeat', 'a:b:c:d:e', '']),
  spoilt('defa', ['failed by hand']),
  spoilt('deid', ['d', '']),
  spoilt('id', ['somebody-else', 'wait', '']),
  spoilt('attemptsMade', ['100', '-1', 'x']),
  spoilt('processedOn', ['abc', '-1']),
  spoilt('stacktrace', ['{', '5']),
  spoilt('returnvalue', ['{']),
  spoilt('name', ['', '\r\n', '__default__']),
  (_random, id) => ({
    ...job('children that it waits for', id, JSON.stringify(goodData(id)), 'busy'),
    hasChildren: true,
  }),
  (_random, id) => ({ ...job('an id without a job', id, '', 'invalid'), record: null }),
  (_random, id) => ({ ...job('data alone', id, '', 'busy'), record: { data: JSON.stringify(goodData(id)) } }),
];

/** Jobs whose id no contract takes, though their data is good. */
function named(what: string, idOf: (random: Random, id: string) => string | Buffer): Kind {
  return (random, seed) => {
    const id = idOf(random, seed);
    const made = job(what, seed, JSON.stringify(goodData(seed)), 'invalid');
    return { ...made, id, resultId: id.toString() };
  };
}

const badIds: Kind[] = [
  named('an id with colons', (_random, id) => `${id}:lock:${id}`),
  named('an id with a line break', (_random, id) => `${id}\r\nDEL`),
  named('an id of hostile text', (random, id) => Buffer.from(`${id}${hostileText(random)}`).toString()),
  named('a very long id', (random, id) => `${id}${'x'.repeat(random.between(200, 50_000))}`),
  named('an id of emoji', (_random, id) => `😀${id}é`),
  named('an id that is not UTF-8', (_random, id) =>
    Buffer.concat([Buffer.from(id), Buffer.from([0xff, 0xc0, 0x80])]),
  ),
];

const good: Kind[] = [
  (_random, id) => job('nothing', id, JSON.stringify(goodData(id)), 'busy'),
  (_random, id) => ({
    ...job('standing three times in the lane', id, JSON.stringify(goodData(id)), 'busy'),
    times: 3,
  }),
];

type Kinds = readonly Kind[];
const KINDS: Kinds = [...badData, ...badRecords, ...badIds, ...badData, ...good, ...badData];
