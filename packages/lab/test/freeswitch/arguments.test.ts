import { expect, test } from 'vitest';
import { separate } from '../../src/freeswitch/event-socket/arguments.js';

test.each<[string, string, string[]]>([
  ['blanks', ' a  b c ', ['a', 'b', 'c']],
  ['blanks, but not those between quotes', `a '{"x": "y z"}' b`, ['a', '{"x": "y z"}', 'b']],
  ['another delimiter, with empty arguments', '^^|a|b c||d', ['a', 'b c', '', 'd']],
  ['another delimiter, not counting a last empty argument', '^^|a||', ['a', '']],
  ['another delimiter, but not one between quotes', "^^|a|'b|c'|d", ['a', 'b|c', 'd']],
  ['nothing', '', []],
])('an argument string is separated at %s', (_, text, parts) => {
  expect(separate(text)).toEqual(parts);
});

test('the last of a limited number of arguments keeps what is left', () => {
  expect(separate('name some more words', 2)).toEqual(['name', 'some more words']);
});

test('a backslash takes a quote or a line break in', () => {
  expect(separate(String.raw`it\'s a\nb`)).toEqual(["it's", 'a\nb']);
});
