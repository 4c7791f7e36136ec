import type { Engines, Sipp } from '@outdial/testkit';
import pino from 'pino';
import type { DialRequest, Leg, LegEvent, LegEventType } from '../../src/api.js';
import { parseTelephonyConfiguration, type TelephonyConfigurationInput } from '../../src/configuration.js';
import { Telephony } from '../../src/telephony.js';

export const logger = pino({ level: process.env.OUTDIAL_TEST_LOG ?? 'silent' });

type Overrides = Partial<TelephonyConfigurationInput>;

/** A telephony on the engines, ready, with the host `callee` routed to SIPp. */
export async function telephonyOn(
  engines: Engines,
  callee: Sipp | null,
  more: Overrides = {},
): Promise<Telephony> {
  const { drachtio, freeswitch } = engines;
  const configuration = parseTelephonyConfiguration({
    drachtio: [drachtio],
    freeswitch: [freeswitch],
    routes: callee === null ? [] : [{ host: 'callee', address: callee.address }],
    ...more,
  });
  const telephony = await Telephony.connect(configuration, { logger });
  await telephony.ready();
  return telephony;
}

export interface Call {
  leg: Leg;
  events: LegEvent[];
  /** The next event of this type that was not waited for yet, past ones included. */
  next<T extends LegEventType>(type: T): Promise<Extract<LegEvent, { type: T }>>;
  /** The terminal event. */
  over: Promise<LegEvent>;
}

const TERMINAL: readonly LegEventType[] = ['rejected', 'hungUp', 'released', 'lost'];

/** Dials, by default the host `callee`; `react` sees each event as it happens. */
export async function dial(
  telephony: Telephony,
  request: Partial<DialRequest> = {},
  react: (event: LegEvent, leg: Leg) => void = () => undefined,
): Promise<Call> {
  const prepared = await telephony.prepare({
    jobId: 'job-1',
    callTo: 'sip:someone@callee',
    headers: {},
    ...request,
  });
  const events: LegEvent[] = [];
  const waiters: Array<{ type: LegEventType; resolve: (event: LegEvent) => void }> = [];
  const taken = new Set<LegEvent>();
  const settle = (event: LegEvent) => {
    const index = waiters.findIndex(({ type }) => type === event.type);
    if (index < 0) return;
    taken.add(event);
    waiters.splice(index, 1)[0]?.resolve(event);
  };
  let end: (event: LegEvent) => void = () => undefined;
  const over = new Promise<LegEvent>((resolve) => {
    end = resolve;
  });
  const leg: Leg = prepared.dial((event) => {
    events.push(event);
    react(event, leg);
    settle(event);
    if (TERMINAL.includes(event.type)) end(event);
  });
  return {
    leg,
    events,
    next: (type) =>
      new Promise((resolve) => {
        const past = events.find((event) => event.type === type && !taken.has(event));
        if (past === undefined) waiters.push({ type, resolve: resolve as (event: LegEvent) => void });
        else {
          taken.add(past);
          resolve(past as never);
        }
      }),
    over,
  };
}

/** What the machine does on an answer: connect the media and, once connected, hang up. */
export function hangUpOnceConnected(event: LegEvent, leg: Leg): void {
  if (event.type === 'answered') leg.connectMedia();
  if (event.type === 'mediaConnected' || event.type === 'mediaFailed') leg.hangUp();
}
