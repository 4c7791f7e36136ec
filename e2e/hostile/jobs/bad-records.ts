import { type Expected, goodData, job, type Kind, pick } from './raw-job.js';

/** A good job whose record has one field that BullMQ's scripts or its reader stumble over. */
function spoilt(field: string, values: readonly string[], expected: Expected = 'busy'): Kind {
  return (random, id) => {
    const value = pick(random, values);
    const made = job(`${field} = ${value.slice(0, 60)}`, id, JSON.stringify(goodData(id)), expected);
    return { ...made, record: { ...made.record, [field]: value } };
  };
}

const NO_NUMBERS = ['abc', 'nan', 'inf', '-inf', '1.5', '1e309', '99999999999999999999', '0x10', ' 1', ''];

/** Good jobs in records that BullMQ itself never writes. */
export const BAD_RECORDS: readonly Kind[] = [
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
  spoilt('parentKey', ['x', '{outdial}:calls-default:unknown', '']),
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
