import { expect, it } from 'vitest';
import { contactUris } from '../../src/sip/redirect-contacts.js';

it.each([
  ['a bare URI', ['sip:b@x'], ['sip:b@x']],
  ['a bare URI whose parameters are the header’s', ['sip:b@x;q=0.3;expires=60'], ['sip:b@x']],
  ['the URI’s own parameters within brackets', ['<sip:b@x;user=phone>;q=0.3'], ['sip:b@x;user=phone']],
  ['a display name', ['Bob <sip:b@x>'], ['sip:b@x']],
  ['a quoted display name with a comma, a bracket and a quote', ['"B, <o> \\"b\\"" <sip:b@x>'], ['sip:b@x']],
  [
    'several in one header, by q',
    ['<sip:a@x>;q=0.2, <sip:b@x>;q=0.9,<sip:c@x>;q=0.5'],
    ['sip:b@x', 'sip:c@x', 'sip:a@x'],
  ],
  ['several headers, by q', ['<sip:a@x>;q=0.1', '<sip:b@x>;q=0.7'], ['sip:b@x', 'sip:a@x']],
  ['one without q first', ['<sip:a@x>;q=0.9', '<sip:b@x>'], ['sip:b@x', 'sip:a@x']],
  ['equals in their order', ['<sip:a@x>;q=0.5, <sip:b@x>;q=0.5'], ['sip:a@x', 'sip:b@x']],
  ['a comma in a URI', ['<sip:a,b@x>'], ['sip:a,b@x']],
  ['a star', ['*'], []],
  ['nothing', [], []],
  [
    'odd q values',
    ['<sip:a@x>;q=7', '<sip:b@x>;q=0.9999;x', '<sip:c@x> ; Q = 0.2'],
    ['sip:a@x', 'sip:b@x', 'sip:c@x'],
  ],
])('%s', (_name, headers, uris) => {
  expect(contactUris(headers)).toEqual(uris);
});
