import type { CountryCode } from '../src/index.js';

/** Spellings of `callTo`, and what is dialled for each of them. */
export const DIALLED: ReadonlyArray<{
  dialled: string;
  country?: CountryCode;
  spellings: readonly string[];
}> = [
  {
    dialled: 'tel:+441632960001',
    spellings: [
      'tel:+441632960001',
      'TEL:+441632960001',
      'Tel:+441632960001',
      'tel:+44-1632-960001',
      'tel:+44.1632.960001',
      'tel:+44(1632)960001',
      'tel:+44 1632 960001',
      'tel:+44 (0)1632 960001',
      'tel:+44 (0) 1632 960001',
      'tel:+44(0)1632960001',
      'tel:+44-(0)1632-960001',
      'tel:+44 (01632) 960001',
      'tel:+4401632960001',
      'tel:+44 01632 960001',
      'tel:+44 1632 960-001',
      'tel:+44 1632 96 00 01',
      'tel: +44 1632 960001',
      '+441632960001',
      '+44 1632 960001',
      '+44-1632-960001',
      '+44.1632.960001',
      '+44 (1632) 960001',
      '+44 (0)1632 960001',
      '+44(0)1632 960 001',
      '+44 1632 960 001',
      '  +44 1632 960001  ',
      'tel:1632960001;phone-context=+44',
      'tel:01632960001;phone-context=+44',
      'tel:960001;phone-context=+44-1632',
      'tel:960-001;phone-context=+44.1632',
      'tel:960001;PHONE-CONTEXT=+441632',
    ],
  },
  {
    dialled: 'tel:+441632960001',
    country: 'GB',
    spellings: [
      '01632960001',
      '01632 960001',
      '(01632) 960001',
      '(01632)960001',
      '01632-960001',
      '01632 960 001',
      '(01632) 960-001',
      'tel:01632 960001',
      'tel:(01632) 960001',
      'tel:01632.960.001',
      'tel:1632960001',
      '1632 960001',
      '0044 1632 960001',
      '00441632960001',
      'tel:0044-1632-960001',
      '441632960001',
      '+44 1632 960001',
      'tel:+44 (0)1632 960001',
    ],
  },
  {
    dialled: 'tel:+390612345678',
    spellings: [
      'tel:+39 (06) 12345678',
      'tel:+39 06 12345678',
      '+39 06 1234 5678',
      '+39-06-12345678',
      'tel:+390612345678',
      'tel:+39 (0)6 12345678',
    ],
  },
  { dialled: 'tel:+390612345678', country: 'IT', spellings: ['06 12345678', '(06) 12345678', '06-12345678'] },
  {
    dialled: 'tel:+4930901820',
    spellings: [
      'tel:+49 (0)30 901820',
      '+49 30 901820',
      '+49 (30) 90-1820',
      'tel:+49-30-901820',
      '+49(0)30901820',
    ],
  },
  { dialled: 'tel:+4930901820', country: 'DE', spellings: ['030 901820', '(030) 901820', '030-901820'] },
  {
    dialled: 'tel:+33155501000',
    spellings: ['+33 1 55 50 10 00', '+33 (0)1 55 50 10 00', 'tel:+33.1.55.50.10.00', 'tel:+33155501000'],
  },
  {
    dialled: 'tel:+33155501000',
    country: 'FR',
    spellings: ['01 55 50 10 00', 'tel:01.55.50.10.00'],
  },
  {
    dialled: 'tel:+12125550123',
    spellings: [
      '+1 212 555 0123',
      '+1 (212) 555-0123',
      '+1-212-555-0123',
      '+1.212.555.0123',
      'tel:+1-212-555-0123',
      'tel:+1(212)555-0123',
      'tel:2125550123;phone-context=+1',
      'tel:555-0123;phone-context=+1-212',
    ],
  },
  {
    dialled: 'tel:+12125550123',
    country: 'US',
    spellings: [
      '(212) 555-0123',
      '212-555-0123',
      '1-212-555-0123',
      '1 (212) 555-0123',
      'tel:212.555.0123',
      '2125550123',
    ],
  },
  { dialled: 'tel:+41446681800', spellings: ['+41 (0)44 668 18 00', '+41 44 668 18 00', '+41446681800'] },
  { dialled: 'tel:+41446681800', country: 'CH', spellings: ['044 668 18 00', '(044) 668 18 00'] },
  { dialled: 'tel:+74951234567', spellings: ['+7 495 123-45-67', '+7 (495) 123-45-67', '+7 8 495 1234567'] },
  { dialled: 'tel:+74951234567', country: 'RU', spellings: ['8 (495) 123-45-67', '8-495-123-45-67'] },
  { dialled: 'tel:+61298765432', spellings: ['+61 2 9876 5432', '+61 (0)2 9876 5432', '+61 (02) 9876 5432'] },
  { dialled: 'tel:+61298765432', country: 'AU', spellings: ['(02) 9876 5432', '02 9876 5432'] },
  { dialled: 'tel:+2250708091011', spellings: ['+225 07 08 09 10 11', 'tel:+225-0708091011'] },
  // A "(0)" in countries whose numbers have no such prefix, and in those that keep it for some of their numbers.
  { dialled: 'tel:+302101234567', spellings: ['+30 (0)210 1234567', 'tel:(0)2101234567;phone-context=+30'] },
  { dialled: 'tel:+302101234567', country: 'GR', spellings: ['(0)210 1234567', '0030 (0)210 1234567'] },
  { dialled: 'tel:+48221234567', spellings: ['+48 (0)22 123 45 67'] },
  { dialled: 'tel:+35226123456', spellings: ['+352 (0) 26 12 34 56'] },
  { dialled: 'tel:+420212345678', spellings: ['+420 (0)2 1234 5678'] },
  { dialled: 'tel:+3726123456', spellings: ['+372 (0)612 3456'] },
  { dialled: 'tel:+3612345678', spellings: ['+36 (0)1 234 5678'] },
  { dialled: 'tel:+393351234567', spellings: ['+39 (0)335 1234567', '+39(0)3351234567'] },
  { dialled: 'tel:+393351234567', country: 'IT', spellings: ['(0)335 1234567', '0039 (0)335 1234567'] },
  { dialled: 'tel:+491701234567', spellings: ['+49 (0) 0170 1234567', '+49 (0)170 1234567'] },
  { dialled: 'tel:+2250708091011', spellings: ['+225 (0)7 08 09 10 11'] },
  {
    dialled: 'tel:+441632960001',
    country: 'GB',
    spellings: ['(0)1632 960001', '0044 (0)1632 960001', '44 (0)1632 960001'],
  },
  { dialled: 'tel:01632960001', spellings: ['(0)1632960001'] },
  // Without a default country, digits are dialled as they are.
  {
    dialled: 'tel:441632960001',
    spellings: ['441632960001', 'tel:441632960001', '44-1632-960-001', 'tel:44.1632.960001'],
  },
  {
    dialled: 'tel:01632960001',
    spellings: ['01632960001', '01632-960001', 'tel:(01632)960001', 'tel:01632.960.001'],
  },
  { dialled: 'tel:00441632960001', spellings: ['00441632960001', 'tel:0044-1632-960001'] },
  // Short codes are dialled as they are, whatever the country.
  { dialled: 'tel:999', spellings: ['999', 'tel:999'] },
  { dialled: 'tel:999', country: 'GB', spellings: ['999', 'tel:999'] },
  { dialled: 'tel:100', country: 'US', spellings: ['100', 'tel:100'] },
  { dialled: 'tel:116123', country: 'GB', spellings: ['116123', 'tel:116-123'] },
  { dialled: 'tel:12', spellings: ['12', 'tel:12'] },
  // Extensions, and numbers that are valid in a domain only, keep what RFC 3966 says of them.
  {
    dialled: 'tel:+441632960001;ext=22',
    spellings: [
      'tel:+441632960001;ext=22',
      'tel:+44 1632 960001;ext=22',
      'tel:+441632960001;EXT=2-2',
      '+441632960001;ext=22',
    ],
  },
  {
    dialled: 'tel:7042;phone-context=example.com',
    spellings: ['tel:7042;phone-context=example.com', 'tel:70-42;phone-context=EXAMPLE.com'],
  },
  {
    dialled: 'tel:7042;ext=1;phone-context=example.com',
    spellings: ['tel:7042;phone-context=example.com;ext=1'],
  },
  // SIP addresses stay what they are.
  { dialled: 'sip:human@lab', spellings: ['human@lab', 'sip:human@lab', 'SIP:human@lab'] },
  { dialled: 'sip:192.0.2.7', spellings: ['192.0.2.7', 'sip:192.0.2.7'] },
  {
    dialled: 'sip:+441632960001@gw.example.com',
    spellings: ['+441632960001@gw.example.com', 'sip:+441632960001@gw.example.com'],
  },
  { dialled: 'sip:100@lab', country: 'GB', spellings: ['100@lab', 'sip:100@lab'] },
];

/** Spellings of `callTo` that are refused, and a part of the reason that is given. */
export const REFUSED: ReadonlyArray<{
  because: string;
  country?: CountryCode;
  spellings: readonly string[];
}> = [
  {
    because: 'as spreadsheets write numbers',
    spellings: ['tel:441632960001.0', 'tel:+441632960001.0', 'tel:441632960001.00', '+441632960001.0'],
  },
  {
    because: 'as spreadsheets write numbers',
    country: 'GB',
    spellings: ['tel:01632960001.0', 'tel:441632960001.0'],
  },
  {
    because: 'spaces are taken only',
    spellings: [
      'tel:2960001 2960002',
      '2960001 2960002',
      '01632 960001',
      '(01632) 960001',
      'tel:01632 960001',
    ],
  },
  {
    because: 'too many or too few digits',
    country: 'GB',
    spellings: ['01632 9600011'],
  },
  {
    because: 'too many digits',
    country: 'GB',
    spellings: [
      '29600011234 296000212345',
      '01632 960001 01632 960002',
      'tel:01632960001 01632960002',
      'tel:2960001296 0002960001',
    ],
  },
  {
    because: 'is this two numbers',
    spellings: [
      '+441632960001 +441632960002',
      'tel:+441632960001+441632960002',
      'tel:++441632960001',
      '+44 1632 +960001',
    ],
  },
  {
    because: 'too many or too few digits',
    spellings: [
      '+441632960001 441632',
      '+4416329600012',
      '+44 1632 9600',
      'tel:+44123',
      '+1 212 555 01234',
      'tel:+1 911',
    ],
  },
  {
    because: 'digits in parentheses at its end',
    spellings: [
      'tel:+441632960001 (2)',
      '+441632960001 (2)',
      'tel:+441632960001(22)',
      'tel:441632960001(2)',
      '+49 30 901820 (2)',
    ],
  },
  {
    because: 'parentheses do not match',
    spellings: [
      'tel:+44 (1632 960001',
      'tel:+44 1632) 960001',
      'tel:+44 ()1632 960001',
      'tel:+44 ((0))1632 960001',
      'tel:((44)1632960001',
    ],
  },
  {
    because: 'is no separator',
    spellings: [
      'tel:+44/1632/960001',
      'tel:+44 1632/960001',
      'tel:+44_1632_960001',
      'tel:+44,1632,960001',
      'tel:+44\u20131632\u2013960001',
      'tel:+44\u00a01632\u00a0960001',
      'tel:+44\u200b1632960001',
      'tel:\uff0b441632960001',
      'tel:+44:1632960001',
      "tel:+44'1632960001",
      'tel:*21#',
      'tel:+441632960001#1',
    ],
  },
  {
    because: 'is no digit',
    spellings: [
      'tel:1-800-FLOWERS',
      'tel:hello',
      'tel:+441632960001x22',
      'tel:+441632960001 ext 22',
      'tel:4.41633E+11',
      'tel:+44 O1632 960001',
      'tel:n/a',
    ],
  },
  {
    because: 'single separators',
    spellings: [
      'tel:44--1632',
      'tel:+44-1632--960001',
      'tel:+44..1632960001',
      'tel:-441632960001',
      'tel:441632960001-',
      'tel:+441632960001.',
      'tel:.441632960001',
      '+44 1632 - - 960001',
    ],
  },
  {
    because: 'country code that is assigned',
    spellings: ['tel:+999123456', '+0044 1632 960001', 'tel:+0123456789', '+210 1234567'],
  },
  {
    because: '2 to 20 digits',
    spellings: ['tel:', 'tel:+', 'tel:1', 'tel:123456789012345678901', 'tel:   ', '1234567890-1234567890-1'],
  },
  {
    because: 'is not supported',
    spellings: [
      'tel:+441632960001;isub=1',
      'tel:+441632960001;rn=+1',
      'tel:+441632960001;',
      'tel:+441632960001;foo',
    ],
  },
  {
    because: 'is given twice',
    spellings: ['tel:+441632960001;ext=1;ext=2', 'tel:1;phone-context=a.com;phone-context=b.com'],
  },
  {
    because: 'is no extension',
    spellings: ['tel:+441632960001;ext=', 'tel:+441632960001;ext=x', 'tel:+441632960001;ext'],
  },
  {
    because: 'neither a + prefix nor a domain',
    spellings: [
      'tel:7042;phone-context=',
      'tel:7042;phone-context=+',
      'tel:7042;phone-context=a_b',
      'tel:7042;phone-context=-x',
    ],
  },
  {
    because: 'has no phone-context',
    spellings: ['tel:+441632960001;phone-context=+44', 'tel:+441632960001;phone-context=example.com'],
  },
  { because: 'too many or too few digits', spellings: ['tel:863-1234;phone-context=+1-914-555'] },
  { because: 'holds no spaces', spellings: ['tel:7042 1;phone-context=example.com'] },
  {
    because: 'host is not valid',
    spellings: ['192.0.2.300', '4.41633E+11', '01632.960.001', '1800FLOWERS:x'],
  },
  {
    because: 'right after the country code only',
    spellings: [
      '+49 (30) (0) 12345',
      '+4930123456 (0) 12',
      '+44 1632 (0) 960001',
      'tel:(0)960001;phone-context=+44-1632',
    ],
  },
  { because: 'more than one "(0)"', spellings: ['+44 (0)(0)1632 960001', '+49 (0)30 (0) 12345'] },
  { because: 'with and without the zero', spellings: ['+39 (0)331 1234567'] },
  { because: 'neither with nor without the "(0)"', spellings: ['+30 (0)010 1234567'] },
  { because: 'a "(0)" is taken only', spellings: ['44(0)1632960001', 'tel:44-(0)1632-960001'] },
  { because: 'it is empty', spellings: [''] },
];
