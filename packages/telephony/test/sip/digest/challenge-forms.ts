import type { Demand } from '../../support/strict-trunk.js';

/** A way in which servers challenge, with the only credentials that the strict trunk takes for it. */
export interface ChallengeForm {
  name: string;
  demands: readonly Demand[];
}

const www = (value: string) => `WWW-Authenticate: ${value}`;
const proxy = (value: string) => `Proxy-Authenticate: ${value}`;

/** One 407 with one header, for realm `r`. */
function form(name: string, value: string, more: Partial<Demand> = {}): ChallengeForm {
  return { name, demands: [{ status: 407, challenges: [proxy(value)], realm: 'r', ...more }] };
}

export const CHALLENGE_FORMS: readonly ChallengeForm[] = [
  form('no qop, no algorithm (RFC 2069)', 'Digest realm="r", nonce="NONCE"'),
  form('algorithm MD5', 'Digest realm="r", nonce="NONCE", algorithm=MD5'),
  form('qop auth', 'Digest realm="r", nonce="NONCE", algorithm=MD5, qop="auth"', { qop: 'auth' }),
  form('opaque', 'Digest realm="r", nonce="NONCE", opaque="o,p=q"', { opaque: 'o,p=q' }),
  form('an empty opaque', 'Digest realm="r", nonce="NONCE", opaque=""', { opaque: '' }),
  form('a list of qop', 'Digest realm="r", nonce="NONCE", qop="auth,auth-int"', { qop: 'auth' }),
  form('a list of qop, the other way round', 'Digest realm="r", nonce="NONCE", qop="auth-int, auth"', {
    qop: 'auth',
  }),
  form('a list with a qop that is not known', 'Digest realm="r", nonce="NONCE", qop="token, auth"', {
    qop: 'auth',
  }),
  form('auth-int alone', 'Digest realm="r", nonce="NONCE", qop="auth-int"', { qop: 'auth-int' }),
  form('qop without quotes', 'Digest realm="r", nonce="NONCE", qop=auth', { qop: 'auth' }),
  form('a list of qop without quotes', 'Digest realm="r", qop=auth,auth-int, nonce="NONCE"', { qop: 'auth' }),
  form('an empty qop', 'Digest realm="r", nonce="NONCE", qop=""'),
  form('a quoted algorithm', 'Digest realm="r", nonce="NONCE", algorithm="MD5", qop="auth"', { qop: 'auth' }),
  form('a lower-case algorithm', 'Digest realm="r", nonce="NONCE", algorithm=md5', {}),
  form('MD5-sess', 'Digest realm="r", nonce="NONCE", algorithm=MD5-sess, qop="auth"', {
    algorithm: 'MD5-sess',
    qop: 'auth',
  }),
  form('MD5-sess without qop', 'Digest realm="r", nonce="NONCE", algorithm=MD5-sess', {
    algorithm: 'MD5-sess',
  }),
  form('SHA-256', 'Digest realm="r", nonce="NONCE", algorithm=SHA-256, qop="auth"', {
    algorithm: 'SHA-256',
    qop: 'auth',
  }),
  form('SHA-256 with auth-int', 'Digest realm="r", nonce="NONCE", algorithm=SHA-256, qop="auth-int"', {
    algorithm: 'SHA-256',
    qop: 'auth-int',
  }),
  form('SHA-256-sess', 'Digest realm="r", nonce="NONCE", algorithm=SHA-256-sess, qop="auth"', {
    algorithm: 'SHA-256-sess',
    qop: 'auth',
  }),
  form('SHA-512-256', 'Digest realm="r", nonce="NONCE", algorithm=SHA-512-256, qop="auth"', {
    algorithm: 'SHA-512-256',
    qop: 'auth',
  }),
  form('a comma and an escaped quote in the realm', 'Digest realm="a, \\"b\\"", nonce="NONCE"', {
    realm: 'a, \\"b\\"',
  }),
  form('odd spacing', '  Digest   realm = "r" ,nonce="NONCE",  qop  ="auth" ', { qop: 'auth' }),
  form('odd case', 'DIGEST Realm="r", Nonce="NONCE", QOP="AUTH", Algorithm=Md5', { qop: 'auth' }),
  form(
    'parameters that nobody asked for',
    'Digest realm="r", domain="sip:x, sip:y", nonce="NONCE", x-y=z, charset=UTF-8',
  ),
  {
    name: 'several headers, the strongest first (RFC 8760)',
    demands: [
      {
        status: 401,
        challenges: [
          www('Digest realm="r", nonce="NONCE", algorithm=SHA-256, qop="auth"'),
          www('Digest realm="r", nonce="NONCE", algorithm=MD5, qop="auth"'),
        ],
        realm: 'r',
        algorithm: 'SHA-256',
        qop: 'auth',
      },
    ],
  },
  {
    name: 'several headers, the first with an algorithm that is not known',
    demands: [
      {
        status: 401,
        challenges: [
          www('Digest realm="r", nonce="NONCE", algorithm=AKAv1-MD5, qop="auth"'),
          www('Digest realm="r", nonce="NONCE", algorithm=SHA-256, qop="auth"'),
        ],
        realm: 'r',
        algorithm: 'SHA-256',
        qop: 'auth',
      },
    ],
  },
  form(
    'several challenges in one header, and another scheme',
    'Basic realm="r", Digest realm="r", nonce="NONCE", algorithm=SHA-256, qop="auth", Digest realm="r", nonce="x"',
    { algorithm: 'SHA-256', qop: 'auth' },
  ),
  {
    name: 'a 407 of the proxy, then a 401 of the far end',
    demands: [
      {
        status: 407,
        challenges: [proxy('Digest realm="edge", nonce="NONCE", qop="auth"')],
        realm: 'edge',
        qop: 'auth',
      },
      { status: 401, challenges: [www('Digest realm="core", nonce="NONCE"')], realm: 'core' },
    ],
  },
  {
    name: 'a 407 and then a 401 of one realm',
    demands: [
      { status: 407, challenges: [proxy('Digest realm="r", nonce="NONCE"')], realm: 'r' },
      { status: 401, challenges: [www('Digest realm="r", nonce="NONCE"')], realm: 'r' },
    ],
  },
  {
    name: 'two realms in one 407',
    demands: [
      {
        status: 407,
        challenges: [proxy('Digest realm="r", nonce="NONCE"'), proxy('Digest realm="s", nonce="s-nonce"')],
        realm: 'r',
      },
    ],
  },
];
