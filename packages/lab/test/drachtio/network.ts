/** A drachtio server, callees and drachtio-srf clients for one test, closed after it. */
import { once } from 'node:events';
import Srf from 'drachtio-srf';
import { afterEach } from 'vitest';
import { DrachtioServer, type DrachtioServerOptions } from '../../src/drachtio/index.js';
import { type Dialog, type IncomingInvite, SipAgent, type SipAgentOptions } from '../../src/sip/index.js';

export const SECRET = 'cymru';
export const OFFER =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 46000 RTP/AVP 0\r\n';
export const ANSWER = OFFER.replace('46000', '45000');

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export async function startDrachtio(options: Partial<DrachtioServerOptions> = {}): Promise<DrachtioServer> {
  const made = await DrachtioServer.start({ secret: SECRET, ...options });
  cleanUps.push(() => made.close());
  return made;
}

export async function startCallee(
  onInvite: (call: IncomingInvite) => unknown,
  options: SipAgentOptions = {},
): Promise<SipAgent> {
  const made = await SipAgent.start(options);
  made.onInvite(onInvite);
  cleanUps.push(() => made.close());
  return made;
}

/** A callee that rings and answers at once; `up` is its side of the first call. */
export async function startAnsweringCallee(
  options: SipAgentOptions = {},
): Promise<{ callee: SipAgent; up: Promise<Dialog> }> {
  const { promise: up, resolve, reject } = withResolvers<Dialog>();
  const callee = await startCallee((call) => {
    call.provisional(180);
    call.accept({ sdp: ANSWER }).then(resolve, reject);
  }, options);
  up.catch(() => {});
  return { callee, up };
}

export function uriOf(callee: SipAgent, transport = 'udp'): string {
  const { host, port } = callee.address;
  return `sip:callee@${host}:${port}${transport === 'tcp' ? ';transport=tcp' : ''}`;
}

/** A client that has connected; one whose secret is wrong rejects. */
export async function connect(server: DrachtioServer, secret = SECRET): Promise<Srf> {
  const srf = new Srf();
  // Connection losses are part of some tests.
  srf.on('error', () => {});
  srf.connect({ ...server.address, secret });
  let isConnected = false;
  cleanUps.push(() => isConnected && disconnect(srf));
  const [error] = (await once(srf, 'connect')) as [Error | null];
  if (error !== null) throw error;
  isConnected = true;
  return srf;
}

/** Closes the client's connection for good, as the death of a worker does. */
export function disconnect(srf: Srf): void {
  try {
    srf.disconnect();
  } catch {
    // It was disconnected already.
  }
}

export interface Dialling {
  readonly request: Promise<Srf.SrfRequest>;
  readonly provisional: Srf.SrfResponse[];
  readonly answered: Promise<Srf.Dialog>;
  /** Resolves once a provisional response with that status has come. */
  rang(status: number): Promise<Srf.SrfResponse>;
}

/** `createUAC`, with what it tells on the way. */
export function dial(srf: Srf, uri: string, options: Record<string, unknown> = {}): Dialling {
  const provisional: Srf.SrfResponse[] = [];
  const waiting: { status: number; resolve: (response: Srf.SrfResponse) => void }[] = [];
  const sent = withResolvers<Srf.SrfRequest>();
  const progress = {
    // The types say (req); it is called with (err, req).
    cbRequest: ((error: Error | null, request: Srf.SrfRequest) =>
      error === null ? sent.resolve(request) : sent.reject(error)) as never,
    cbProvisional: (response: Srf.SrfResponse) => {
      provisional.push(response);
      for (const { status, resolve } of waiting) if (status === response.status) resolve(response);
    },
  };
  const answered = srf.createUAC(
    uri,
    { localSdp: OFFER, ...options } as never,
    progress,
  ) as Promise<Srf.Dialog>;
  answered.catch(() => {});
  sent.promise.catch(() => {});
  const rang = (status: number) => {
    const past = provisional.find((response) => response.status === status);
    return past !== undefined
      ? Promise.resolve(past)
      : new Promise<Srf.SrfResponse>((resolve) => waiting.push({ status, resolve }));
  };
  return { request: sent.promise, provisional, answered, rang };
}

export function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

/** A SIP request of any client's by the ids of another's, and its final response. */
export function requestByIds(
  srf: Srf,
  uri: string,
  options: { method: string; stackDialogId?: string; stackTxnId?: string },
): Promise<Srf.SrfResponse> {
  return new Promise((resolve, reject) => {
    const request = srf.request.bind(srf) as unknown as (
      uri: string,
      options: object,
      callback: (error: Error | null, request: Srf.SrfRequest) => void,
    ) => void;
    request(uri, options, (error, sent) => {
      if (error !== null) reject(error);
      else sent.on('response', (response) => resolve(response as Srf.SrfResponse));
    });
  });
}
