import { parentPort, workerData } from 'node:worker_threads';
import { TransientMap } from '@outdial/collections';
import { MediaError, toFailure } from '../errors.js';
import { SoundLibrary } from '../play/sound-library.js';
import { Leg } from '../session/leg.js';
import { FrameClock } from './frame-clock.js';
import { GatheredMessages } from './gathered-messages.js';
import { type FromThread, LEG_METHODS, type ThreadData, type ToThread, VITALS } from './messages.js';
import { SWEEP_MS, Sweeps } from './sweeps.js';

/** The entry of a media thread: legs by their session's number, and what is told of them. */

if (parentPort === null) throw new Error('this module runs in a worker thread');
const port = parentPort;
const { sources, streams, vitals } = workerData as ThreadData;
const shared = new Int32Array(vitals);
const clock = new FrameClock();
const library = new SoundLibrary(sources);
const legs = new TransientMap<number, Leg>();
const sweeps = new Sweeps();

const outgoing = new GatheredMessages<FromThread>((messages) => port.postMessage(messages));

port.on('message', (messages: readonly ToThread[]) => {
  for (const message of messages) {
    if (message.type === 'open') void answer(message.request, open(message));
    else if (message.type === 'call') void answer(message.request, call(message));
    else void shutDown();
  }
});

const sweeping = setInterval(() => {
  Atomics.add(shared, VITALS.beats, 1);
  // After the sockets were read: a thread that is late must not take what waits in them for lost, or for silence.
  setImmediate(sweep);
}, SWEEP_MS);

tell({ type: 'ready' });

function sweep(): void {
  const latest = Math.round(Math.max(sweeps.next(), clock.takeLatestMs()) * 1000);
  if (latest > Atomics.load(shared, VITALS.latestMicroseconds))
    Atomics.store(shared, VITALS.latestMicroseconds, latest);
}

async function open({ session, host, port: rtpPort }: Extract<ToThread, { type: 'open' }>): Promise<void> {
  const leg = await Leg.open(
    host,
    rtpPort,
    (name, ...values) => tell({ type: 'event', session, name, values } as FromThread),
    { library, clock, limits: streams, legs },
  );
  legs.set(session, leg);
  sweeps.add(session, leg);
}

async function call({ session, method, args }: Extract<ToThread, { type: 'call' }>): Promise<unknown> {
  const leg = legs.get(session);
  if (leg === undefined || !LEG_METHODS.includes(method)) throw new MediaError('SESSION_CLOSED');
  if (method === 'close') {
    legs.delete(session);
    sweeps.delete(session);
  }
  return await Reflect.apply(leg[method], leg, args);
}

/** Every request has one answer. */
async function answer(request: number, work: Promise<unknown>): Promise<void> {
  try {
    tell({ type: 'reply', request, value: await work });
  } catch (error) {
    tell({ type: 'failure', request, failure: toFailure(error, 'INVALID_OPTIONS') });
  }
}

async function shutDown(): Promise<void> {
  clearInterval(sweeping);
  await Promise.allSettled([...legs.values()].map((leg) => leg.close()));
  legs.clear();
  library.close();
  outgoing.flush();
  port.close();
}

function tell(message: FromThread): void {
  outgoing.add(message);
}
