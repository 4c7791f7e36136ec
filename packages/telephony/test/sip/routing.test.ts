import { describe, expect, it } from 'vitest';
import type { DialRequest } from '../../src/api.js';
import { parseTelephonyConfiguration, type TelephonyConfigurationInput } from '../../src/configuration.js';
import { redirectWays, routesFor } from '../../src/sip/routing.js';

const SERVERS = {
  drachtio: [{ host: '127.0.0.1', secret: 'x' }],
  freeswitch: [{ host: '127.0.0.1', secret: 'x' }],
};
const UK = {
  name: 'uk',
  address: 'uk.example.com',
  prefixes: ['+44'],
  callerIds: ['+441632960000', '+4416329601*'],
};
const WORLD = { name: 'world', address: '192.0.2.7:5080', transport: 'tcp', callerIds: 'any' } as const;

function routes(request: Partial<DialRequest>, configuration: Partial<TelephonyConfigurationInput>) {
  return routesFor(
    { jobId: 'j', callTo: 'tel:+441632960001', headers: {}, ...request },
    parseTelephonyConfiguration({ ...SERVERS, ...configuration }),
  );
}

function route(...args: Parameters<typeof routes>) {
  return routes(...args)[0];
}

describe('a telephone number', () => {
  it('goes through the first trunk that takes its prefix', () => {
    const trunks = [UK, WORLD];
    expect(route({ callFrom: '+441632960000' }, { trunks })).toMatchObject({
      requestUri: 'sip:+441632960001@uk.example.com',
      nextHop: null,
      address: 'uk.example.com',
      trunk: { name: 'uk' },
      headers: { From: '<sip:+441632960000@uk.example.com>' },
    });
    expect(route({ callTo: 'tel:15555550123', callFrom: '1' }, { trunks })).toMatchObject({
      requestUri: 'sip:15555550123@192.0.2.7:5080;transport=tcp',
      headers: { From: '<sip:1@192.0.2.7>' },
    });
  });

  it('tells of its trace where the trunk, or the route, is to know it', () => {
    const traceContext = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=value',
    };
    const call = { callFrom: '1', headers: { Traceparent: 'mine' }, traceContext };
    const told = { ...WORLD, traceHeaders: true };
    expect(route(call, { trunks: [told] }).headers).toMatchObject(traceContext);
    expect(route(call, { trunks: [told] }).headers).not.toHaveProperty('Traceparent');
    expect(route({ callFrom: '1' }, { trunks: [told] }).headers).not.toHaveProperty('traceparent');
    expect(route(call, { trunks: [WORLD] }).headers).not.toHaveProperty('traceparent');
    const routes = [{ host: 'lab', address: '127.0.0.1:5070', traceHeaders: true }];
    const toLab = { ...call, callTo: 'sip:human@lab' };
    expect(route(toLab, { routes }).headers).toMatchObject(traceContext);
    expect(route(toLab, { allowedSipHosts: ['lab'] }).headers).not.toHaveProperty('traceparent');
  });

  it('matches a prefix with or without its plus', () => {
    expect(
      route({ callTo: 'tel:441632960001', callFrom: '441632960000' }, { trunks: [UK] }).trunk?.name,
    ).toBe('uk');
  });

  it('goes through the next trunk when the first does not allow the caller id', () => {
    expect(route({ callFrom: '+441999' }, { trunks: [UK, WORLD] }).trunk?.name).toBe('world');
  });

  it.each([
    ['no trunk takes it', { callTo: 'tel:+15555550123' }, 'NO_TRUNK'],
    ['the named trunk does not exist', { trunk: 'mars' }, 'NO_TRUNK'],
    ['the named trunk does not take it', { trunk: 'uk', callTo: 'tel:+15555550123' }, 'NO_TRUNK'],
    ['its caller id is not allowed', { callFrom: '+4420' }, 'CALLER_ID_REFUSED'],
    [
      'a header shows another caller id',
      { headers: { 'p-Asserted-identity': '<sip:1@x>' } },
      'CALLER_ID_REFUSED',
    ],
  ] as const)('is refused when %s', (_why, request, code) => {
    expect(() => route({ callFrom: '+441632960000', ...request }, { trunks: [UK] })).toThrow(
      expect.objectContaining({ code, retryable: false }),
    );
  });

  it('has all the trunks that take it as routes, in their order', () => {
    const spare = { ...WORLD, name: 'spare' };
    const names = (request: Partial<DialRequest>) =>
      routes({ callFrom: '+441632960000', ...request }, { trunks: [WORLD, UK, spare] }).map(
        ({ trunk }) => trunk?.name,
      );
    expect(names({})).toEqual(['world', 'uk', 'spare']);
    expect(names({ callFrom: '+4420' })).toEqual(['world', 'spare']);
    expect(names({ trunk: 'uk' })).toEqual(['uk']);
  });

  it.each([
    [{}, 'sip:+441632960001@uk.example.com', '<sip:+441632960000@uk.example.com>'],
    [{ plus: false }, 'sip:441632960001@uk.example.com', '<sip:441632960000@uk.example.com>'],
    [{ plus: false, prefix: '9' }, 'sip:9441632960001@uk.example.com', '<sip:441632960000@uk.example.com>'],
    [
      { userPhone: true },
      'sip:+441632960001@uk.example.com;user=phone',
      '<sip:+441632960000@uk.example.com>',
    ],
  ])('is written as the trunk wants it: %o', (numberFormat, requestUri, From) => {
    const trunks = [{ ...UK, numberFormat }];
    expect(route({ callFrom: '+441632960000' }, { trunks })).toMatchObject({ requestUri, headers: { From } });
  });

  it.each([
    ['+441632960999', ['+44 (0)1632 960-999']],
    ['441632960999', ['+44 1632 960999']],
    ['+441632960999', ['441632960999']],
    ['+441632960999', ['+44 1632 96*']],
    ['alice@example.com', ['alice@example.com']],
  ])('takes the caller id %s where the trunk allows %s', (callFrom, callerIds) => {
    expect(route({ callFrom }, { trunks: [{ ...UK, callerIds }] }).trunk?.name).toBe('uk');
  });

  it('sends what RFC 3966 says of a number along', () => {
    const request = { callTo: 'tel:+441632960001;ext=22', callFrom: '441632960123' };
    expect(route(request, { trunks: [UK] }).requestUri).toMatch(/^sip:\+?441632960001;ext=22@/);
  });

  it('may have any caller id that matches a trailing star', () => {
    expect(route({ callFrom: '441632960123' }, { trunks: [UK] }).trunk?.name).toBe('uk');
  });

  it("carries the trunk's headers rather than the job's, and an asserted caller id if the trunk wants it", () => {
    const trunk = {
      ...UK,
      headers: { 'X-Account': '42' },
      callerIdIn: 'pAssertedIdentity',
      fromDomain: 'us.example',
    };
    const { headers } = route(
      { callFrom: '+441632960000', headers: { 'x-account': '1', 'X-Campaign': 'spring' } },
      { trunks: [trunk as never] },
    );
    expect(headers).toEqual({
      'X-Account': '42',
      'X-Campaign': 'spring',
      From: '<sip:+441632960000@us.example>',
      'P-Asserted-Identity': '<sip:+441632960000@us.example>',
    });
  });
});

describe('who calls', () => {
  const trunks = [{ ...UK, callerIdIn: 'pAssertedIdentity' as const }];
  const headersOf = (request: Partial<DialRequest>) =>
    route({ callFrom: '+441632960000', ...request }, { trunks }).headers;

  it('may have a display name, whose quotes are escaped', () => {
    expect(headersOf({ callerName: 'Dr "X" \\ Co' }).From).toBe(
      '"Dr \\"X\\" \\\\ Co" <sip:+441632960000@uk.example.com>',
    );
  });

  it('is hidden from the callee in an anonymous call, and told to the trunk', () => {
    expect(headersOf({ anonymous: true })).toEqual({
      From: '"Anonymous" <sip:anonymous@anonymous.invalid>',
      'P-Asserted-Identity': '<sip:+441632960000@uk.example.com>',
      Privacy: 'id',
    });
  });
});

describe('a sips: address', () => {
  const callTo = 'sips:a@example.com';

  it('goes over TLS', () => {
    expect(route({ callTo }, { allowedSipHosts: ['*'] })).toMatchObject({
      requestUri: callTo,
      transport: 'tls',
    });
    const viaTls = [{ host: 'example.com', address: '192.0.2.1:5061', transport: 'tls' as const }];
    expect(route({ callTo }, { routes: viaTls }).nextHop).toBe('sip:192.0.2.1:5061;transport=tls');
  });

  it.each([
    ['a route', { routes: [{ host: 'example.com', address: '192.0.2.1' }] }],
    ['a trunk', { trunks: [WORLD] }],
  ])('is refused where %s would take it over UDP or TCP', (_name, configuration) => {
    const request = { callTo, ...('trunks' in configuration ? { trunk: 'world' } : {}) };
    expect(() => route(request, configuration)).toThrow(expect.objectContaining({ code: 'INVALID_JOB' }));
  });
});

describe('a SIP address', () => {
  const labRoutes = [{ host: 'lab', address: '127.0.0.1:5070' }];

  it('is sent to the address of its route, spelt as in the job', () => {
    expect(route({ callTo: 'sip:human@LAB;user=phone' }, { routes: labRoutes })).toMatchObject({
      requestUri: 'sip:human@LAB;user=phone',
      nextHop: 'sip:127.0.0.1:5070',
      address: '127.0.0.1:5070',
      trunk: null,
    });
  });

  it('shows its caller id, by default at an address of drachtio', () => {
    const from = (callFrom?: string) =>
      route({ callTo: 'sip:human@lab', callFrom }, { routes: labRoutes }).headers.From;
    expect(from('bob@example.com')).toBe('<sip:bob@example.com>');
    expect(from('bob')).toBe('<sip:bob@localhost>');
    expect(from()).toBe('<sip:outdial@localhost>');
  });

  it.each([
    [[], 'sip:a@example.com', false],
    [['example.com'], 'sip:a@EXAMPLE.com:5062;transport=tcp', true],
    [['*.example.com'], 'sip:a@pbx.example.com', true],
    [['*.example.com'], 'sip:a@badexample.com', false],
    [['*'], 'sip:a@192.0.2.1', true],
  ])('with allowedSipHosts %j, may %s be dialled: %s', (allowedSipHosts, callTo, isAllowed) => {
    const dial = () => route({ callTo }, { allowedSipHosts });
    if (isAllowed) expect(dial().requestUri).toBe(callTo);
    else expect(dial).toThrow(expect.objectContaining({ code: 'NO_TRUNK' }));
  });

  it('goes through the trunk that the job names, under its rules', () => {
    const request = { callTo: 'sip:a@example.com', trunk: 'uk' };
    expect(route({ ...request, callFrom: '+441632960000' }, { trunks: [UK] })).toMatchObject({
      requestUri: 'sip:a@example.com',
      nextHop: 'sip:uk.example.com',
    });
    expect(() => route(request, { trunks: [UK] })).toThrow(
      expect.objectContaining({ code: 'CALLER_ID_REFUSED' }),
    );
  });

  it('cannot send the call to another host, nor add headers to the INVITE', () => {
    expect(() => route({ callTo: 'sip:a@lab;maddr=10.0.0.1' }, { routes: labRoutes })).toThrow(
      expect.objectContaining({ code: 'INVALID_JOB' }),
    );
    expect(route({ callTo: 'sip:a@lab?Route=%3Csip:10.0.0.1%3E' }, { routes: labRoutes }).requestUri).toBe(
      'sip:a@lab',
    );
  });
});

describe('a redirect', () => {
  const configuration = parseTelephonyConfiguration({ ...SERVERS, followRedirectsTo: ['*.example.com'] });

  it('is followed only to allowed hosts', () => {
    const contacts = ['sip:b@elsewhere.com', '"A" <sip:b@pbx.example.com;user=phone>;q=0.5', 'tel:+1'];
    expect(redirectWays(contacts, configuration)).toEqual([
      { requestUri: 'sip:b@pbx.example.com;user=phone', nextHop: null },
    ]);
    expect(redirectWays(['<sip:b@pbx.example.com;maddr=10.0.0.1>'], configuration)).toEqual([]);
  });
});
