import type { LegEvent, LegEventType } from '@outdial/contract';
import type { Servers, Sipp } from '@outdial/testkit';
import pino from 'pino';
import type { AudioFrames, DialRequest, Leg } from '../../src/api.js';
import { parseTelephonyConfiguration, type TelephonyConfigurationInput } from '../../src/configuration.js';
import { Telephony } from '../../src/telephony.js';

export const logger = pino({ level: process.env.OUTDIAL_TEST_LOG ?? 'silent' });

type Overrides = Partial<TelephonyConfigurationInput>;

/** A telephony on the servers, ready, with the host `callee` routed to SIPp. */
export async function telephonyOn(
  servers: Servers,
  callee: Sipp | null,
  more: Overrides = {},
  mediaThread?: URL,
): Promise<Telephony> {
  const { drachtio, freeswitch } = servers;
  const configuration = parseTelephonyConfiguration({
    drachtio: [drachtio],
    media: 'freeswitch',
    freeswitch: [freeswitch],
    routes: callee === null ? [] : [{ host: 'callee', address: callee.address }],
    ...more,
  });
  const telephony = await Telephony.connect(configuration, { logger, mediaThread });
  await telephony.ready();
  return telephony;
}

/** The audio of the callee, of media that give it. */
export function framesOf({ hearing }: Leg): AudioFrames {
  if (hearing.gives !== 'frames') throw new Error('the media of this leg give words');
  return hearing;
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
