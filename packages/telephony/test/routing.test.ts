import { describe, expect, it } from 'vitest';
import type { DialRequest } from '../src/api.js';
import { parseTelephonyConfiguration, type TelephonyConfigurationInput } from '../src/configuration.js';
import { redirectTarget, routeFor } from '../src/routing.js';

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

function route(request: Partial<DialRequest>, configuration: Partial<TelephonyConfigurationInput>) {
  return routeFor(
    { jobId: 'j', callTo: 'tel:+441632960001', headers: {}, ...request },
    parseTelephonyConfiguration({ ...SERVERS, ...configuration }),
  );
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

  it('matches a prefix with or without its plus', () => {
    expect(
      route({ callTo: 'tel:441632960001', callFrom: '441632960000' }, { trunks: [UK] }).trunk?.name,
    ).toBe('uk');
  });

  it('goes on to the next trunk where the first does not allow the caller id', () => {
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

  it('allows a family of caller ids by a trailing star', () => {
    expect(route({ callFrom: '441632960123' }, { trunks: [UK] }).trunk?.name).toBe('uk');
  });

  it("carries the trunk's headers before the job's, and the caller id asserted where the trunk wants it", () => {
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

describe('a SIP address', () => {
  const routes = [{ host: 'lab', address: '127.0.0.1:5070' }];

  it('is sent where the route of its host says, its own spelling kept', () => {
    expect(route({ callTo: 'sip:human@LAB;user=phone' }, { routes })).toMatchObject({
      requestUri: 'sip:human@LAB;user=phone',
      nextHop: 'sip:127.0.0.1:5070',
      address: '127.0.0.1:5070',
      trunk: null,
    });
  });

  it('shows its caller id, by default under an address of drachtio', () => {
    const from = (callFrom?: string) => route({ callTo: 'sip:human@lab', callFrom }, { routes }).headers.From;
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

  it('cannot steer the call past its host, nor add headers to the INVITE', () => {
    expect(() => route({ callTo: 'sip:a@lab;maddr=10.0.0.1' }, { routes })).toThrow(
      expect.objectContaining({ code: 'INVALID_JOB' }),
    );
    expect(route({ callTo: 'sip:a@lab?Route=%3Csip:10.0.0.1%3E' }, { routes }).requestUri).toBe('sip:a@lab');
  });
});

describe('a redirect', () => {
  const configuration = parseTelephonyConfiguration({ ...SERVERS, followRedirectsTo: ['*.example.com'] });

  it('is followed to an allowed host alone', () => {
    expect(redirectTarget('"A" <sip:b@pbx.example.com;user=phone>;q=0.5', configuration)).toBe(
      'sip:b@pbx.example.com;user=phone',
    );
    expect(redirectTarget('sip:b@elsewhere.com', configuration)).toBeNull();
    expect(redirectTarget('sip:b@pbx.example.com;maddr=10.0.0.1', configuration)).toBeNull();
    expect(redirectTarget('tel:+1', configuration)).toBeNull();
  });
});
