import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { ServerAddress } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/async/deferred.js';
import { dial, framesOf } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();
const { callee, telephony } = network;

/** Frames, and a promise of the first that is loud. */
function ear(): { onFrame: (pcm: Int16Array) => void; samples: () => number; loud: Promise<void> } {
  let samples = 0;
  let heard: () => void = () => undefined;
  const loud = new Promise<void>((resolve) => {
    heard = resolve;
  });
  return {
    onFrame: (pcm) => {
      samples += pcm.length;
      if (pcm.some((sample) => Math.abs(sample) > 1000)) heard();
    },
    samples: () => samples,
    loud,
  };
}

/** Makes FreeSWITCH tell that the fork of a channel has overrun, as it does when the fork's server is too slow. */
async function sendOverrun({ host, port, secret }: ServerAddress, uuid: string): Promise<void> {
  const socket = connect(port, host);
  const replies = createInterface(socket)[Symbol.asyncIterator]();
  const until = async (line: RegExp) => {
    for (;;) {
      const { value, done } = await replies.next();
      if (done || line.test(value)) return;
    }
  };
  await until(/auth\/request/);
  socket.write(`auth ${secret}\n\n`);
  await until(/accepted/);
  const headers = ['Event-Subclass: mod_audio_fork::buffer_overrun', `Unique-ID: ${uuid}`];
  socket.write(`sendevent CUSTOM\n${headers.join('\n')}\n\n`);
  await until(/\+OK/);
  socket.destroy();
}

const TONE = 'tone_stream://%(400,0,800)';

describe('the callee', () => {
  it('is heard from when listening starts, also while something is played', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    const { onFrame, loud, samples } = ear();
    expect(await framesOf(call.leg).listen(onFrame)).toEqual({ listening: true });
    const playing = call.leg.play(TONE);
    await loud;
    expect(await playing).toEqual({ outcome: 'finished' });
    expect(samples()).toBeGreaterThanOrEqual(0.3 * 8000);
    call.leg.hangUp();
    expect(await call.over).toMatchObject({ type: 'released' });
  });

  it('is listened to only once its media is connected, however early that is asked for', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    const order: string[] = [];
    let listening: Promise<unknown> = Promise.resolve();
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'mediaConnected') order.push('connected');
      if (event.type !== 'answered') return;
      listening = framesOf(leg)
        .listen(() => undefined)
        .then((result) => order.push(`listening: ${result.listening}`));
      leg.connectMedia();
    });
    await call.next('mediaConnected');
    await listening;
    expect(order).toEqual(['connected', 'listening: true']);
    call.leg.hangUp();
    await call.over;
  });

  // A real FreeSWITCH cannot be made to.
  it.skipIf(process.env.OUTDIAL_TEST_FREESWITCH !== undefined)(
    'is told to have been lost in part when FreeSWITCH drops audio, and that counts for the load',
    async () => {
      const sipp = await callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
      const phone = await telephony(sipp);
      const call = await dial(phone, {}, (event, leg) => {
        if (event.type === 'answered') leg.connectMedia();
      });
      await call.next('mediaConnected');
      const lost = deferred<void>();
      await framesOf(call.leg).listen(
        () => undefined,
        () => undefined,
        () => lost.resolve(),
      );
      expect(phone.takeMediaLoad()).toMatchObject({ losses: 0 });
      await sendOverrun(network.servers.freeswitch, call.leg.whereabouts.endpointUuid ?? '');
      await lost.promise;
      expect(phone.takeMediaLoad()).toMatchObject({ losses: 1 });
      expect(phone.takeMediaLoad()).toMatchObject({ losses: 0 });
      call.leg.hangUp();
      await call.over;
    },
  );

  it('is no longer heard once listening has stopped, and can be heard again', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    const first = ear();
    await framesOf(call.leg).listen(first.onFrame);
    framesOf(call.leg).stopListening();
    const until = first.samples();
    const second = ear();
    expect(await framesOf(call.leg).listen(second.onFrame)).toEqual({ listening: true });
    void call.leg.play(TONE);
    await second.loud;
    expect(first.samples()).toBe(until);
    call.leg.hangUp();
    await call.over;
  });

  it('is heard before the answer, where there is early media', async () => {
    const sipp = await callee({ scenario: 'early-media-then-rings-then-answers', calls: 1, rtpEcho: true });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'progressed' && event.earlyMedia) leg.connectMedia();
      if (event.type === 'answered') leg.hangUp();
    });
    await call.next('mediaConnected');
    expect(call.events.map(({ type }) => type)).not.toContain('answered');
    await call.over;
  });

  it('is reported as not heard when FreeSWITCH cannot reach us', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const made = await telephony(sipp, { audioFork: { publicUrl: 'ws://127.0.0.1:9' } });
    const call = await dial(made, {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    const result = await framesOf(call.leg).listen(() => undefined);
    expect(result).toMatchObject({ listening: false });
    call.leg.hangUp();
    expect(await call.over).toMatchObject({ type: 'released' });
  });
});

describe('the packets of the callee', () => {
  it('are counted while they come', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    // FreeSWITCH sends nothing by itself, and the callee sends back what it gets.
    await call.leg.play(TONE);
    const before = await call.leg.packetsReceived();
    await call.leg.play(TONE);
    expect(await call.leg.packetsReceived()).toBeGreaterThan((before ?? Number.NaN) + 10);
    call.leg.hangUp();
    await call.over;
    expect(await call.leg.packetsReceived()).toBeNull();
  });

  it('do not grow when it sends none', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    await call.leg.play(TONE);
    const before = await call.leg.packetsReceived();
    await call.leg.play(TONE);
    expect(await call.leg.packetsReceived()).toBe(before);
    call.leg.hangUp();
    await call.over;
  });
});

describe('playing', () => {
  it('stops with the call', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    const playing = call.leg.play('tone_stream://%(60000,0,800)');
    call.leg.hangUp();
    expect(await playing).toEqual({ outcome: 'stopped' });
    await call.over;
    expect(await call.leg.play(TONE)).toEqual({ outcome: 'stopped' });
    expect(await framesOf(call.leg).listen(() => undefined)).toMatchObject({ listening: false });
  });

  it('can be stopped, and something else played after it', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    const { onFrame, loud } = ear();
    await framesOf(call.leg).listen(onFrame);
    const playing = call.leg.play('tone_stream://%(60000,0,800)');
    await loud;
    call.leg.stopPlaying();
    expect(await playing).toEqual({ outcome: 'stopped' });
    expect(await call.leg.play(TONE)).toEqual({ outcome: 'finished' });
    call.leg.hangUp();
    await call.over;
  });

  it('fails for a file that does not exist', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    expect(await call.leg.play('/nowhere/at-all.wav')).toEqual({
      outcome: 'failed',
      message: 'FreeSWITCH cannot find or open /nowhere/at-all.wav',
    });
    call.leg.hangUp();
    await call.over;
  });
});

describe('codecs', () => {
  it('are offered in the order of the job, and the one chosen is reported', async () => {
    const sipp = await callee({ scenario: 'chooses-one-of-two-codecs', calls: 1 });
    const call = await dial(await telephony(sipp), { codecs: 'g711a;g711u' }, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
      if (event.type === 'mediaConnected') leg.hangUp();
    });
    await call.over;
    expect(call.events).toContainEqual(expect.objectContaining({ type: 'answered', codec: 'PCMU' }));
    expect(sipp.log()[0]?.body).toMatch(/^m=audio \d+ RTP\/AVP 8 0 \d+\r?$/m);
    expect(await sipp.finished).toBe(0);
  });
});
