import { describe, expect, it } from 'vitest';
import { dial } from './support/dialling.js';
import { useNetwork } from './support/network.js';

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

const TONE = 'tone_stream://%(400,0,800)';

describe('the callee', () => {
  it('is heard from when listening starts, also while something is played', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    const { onFrame, loud, samples } = ear();
    expect(await call.leg.listen(onFrame)).toEqual({ listening: true });
    const playing = call.leg.play(TONE);
    await loud;
    expect(await playing).toBe('finished');
    expect(samples()).toBeGreaterThanOrEqual(0.3 * 8000);
    call.leg.hangUp();
    expect(await call.over).toMatchObject({ type: 'released' });
  });

  it('is not heard any more once listening has stopped, and can be heard again', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    const first = ear();
    await call.leg.listen(first.onFrame);
    call.leg.stopListening();
    const until = first.samples();
    const second = ear();
    expect(await call.leg.listen(second.onFrame)).toEqual({ listening: true });
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

  it('that cannot be heard, since nobody can reach us, is said so', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const made = await telephony(sipp, { audioFork: { publicUrl: 'ws://127.0.0.1:9' } });
    const call = await dial(made, {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    const result = await call.leg.listen(() => undefined);
    expect(result).toMatchObject({ listening: false });
    call.leg.hangUp();
    expect(await call.over).toMatchObject({ type: 'released' });
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
    expect(await playing).toBe('stopped');
    await call.over;
    expect(await call.leg.play(TONE)).toBe('stopped');
    expect(await call.leg.listen(() => undefined)).toMatchObject({ listening: false });
  });

  it('says when there is no such file', async () => {
    const sipp = await callee({ scenario: 'answers-at-once', calls: 1 });
    const call = await dial(await telephony(sipp), {}, (event, leg) => {
      if (event.type === 'answered') leg.connectMedia();
    });
    await call.next('mediaConnected');
    expect(await call.leg.play('/nowhere/at-all.wav')).toBe('failed');
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
