import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Callees } from '../../src/callees/callees.js';
import { CREDENTIALS, DIRECTORY } from '../../src/callees/directory.js';
import { createAnswer, createOffer } from '../../src/media/sdp.js';
import { tone } from '../../src/media/tones.js';
import { formatWav } from '../../src/media/wav.js';
import { rms, shareOf } from '../media/spectrum.js';
import { Caller } from './caller.js';
import { inside, type LoudPart, loudParts } from './loudness.js';

let recordingsDir: string;
let callees: Callees;
let caller: Caller;

function loudFrames(frames: readonly Int16Array[]): Int16Array[] {
  return frames.filter((frame) => rms(frame) > 1000);
}

beforeAll(async () => {
  recordingsDir = await mkdtemp(join(tmpdir(), 'lab-recordings-'));
  await writeFile(join(recordingsDir, 'tone.wav'), formatWav(tone([600], 1000), 'mulaw'));
  callees = await Callees.start({ recordingsDir });
  caller = await Caller.start(callees.sipAddress);
});

afterAll(async () => {
  await caller.stop();
  await callees.close();
  await rm(recordingsDir, { recursive: true });
});

describe.concurrent('a callee that refuses', () => {
  const refusing = DIRECTORY.filter(({ name, expected }) => {
    const status = expected?.sipStatus ?? 0;
    return status >= 300 && name !== 'no-answer';
  });

  it.each(refusing)('$name does so with the status of the directory', async ({ name, number, expected }) => {
    for (const user of [name, `+${number}`]) {
      const { invite } = await caller.dial(user);
      const { kind, response } = await invite.outcome;
      expect({ kind, status: response.status }).toEqual({ kind: 'refused', status: expected?.sipStatus });
    }
  });

  it('says when to come back, if congested', async () => {
    const { invite } = await caller.dial('congestion');
    expect((await invite.outcome).response.headers.get('Retry-After')).toBe('5');
  });

  it('names the human, if it redirects', async () => {
    const { invite } = await caller.dial('redirects');
    const { response } = await invite.outcome;
    expect(response.headers.get('Contact')).toBe(`<sip:human@${callees.sipAddress}>`);
  });

  it('is anybody who is not in the directory, with 404', async () => {
    const { invite } = await caller.dial('nobody');
    expect((await invite.outcome).response.status).toBe(404);
  });

  it('is anybody who is offered no codec of theirs, with 488', async () => {
    const sdp =
      'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\n';
    const { invite } = await caller.dial('human', { sdp });
    expect((await invite.outcome).response.status).toBe(488);
  });
});

describe.concurrent('a callee that does not answer', () => {
  it('rings until it is cancelled, and then ends with 487', async () => {
    const { invite } = await caller.dial('no-answer');
    const status = await new Promise<number>((resolve) => {
      invite.on('provisional', (response) => response.status > 100 && resolve(response.status));
    });
    expect(status).toBe(180);
    invite.cancel();
    expect((await invite.outcome).response.status).toBe(487);
  });

  it('stops ringing by itself, with 487, when the time is over that the INVITE gave', async () => {
    const { invite } = await caller.dial('no-answer', { callId: 'expiring', headers: { Expires: '1' } });
    expect((await invite.outcome).response.status).toBe(487);
    const seen = callees.log.ofCall('expiring').map(({ direction, method }) => `${direction} ${method}`);
    expect(seen.filter((what) => what.endsWith('CANCEL'))).toEqual([]);
  });

  it('may be silent to the end: no response at all, though the callees saw the call', async () => {
    const impatient = await Caller.start(callees.sipAddress, 10);
    try {
      const { invite } = await impatient.dial('silent', { callId: 'to-silent' });
      expect((await invite.outcome).response.status).toBe(408);
      const seen = callees.log.ofCall('to-silent').map(({ direction, method }) => `${direction} ${method}`);
      expect(seen).toEqual(['in INVITE']);
    } finally {
      await impatient.stop();
    }
  });

  it('may answer at the very moment that it is cancelled', async () => {
    const { invite } = await caller.dial('crosses', { callId: 'to-crosses' });
    await new Promise((resolve) => {
      invite.on('provisional', (response) => response.status === 180 && resolve(null));
    });
    invite.cancel();
    const outcome = await invite.outcome;
    expect(outcome.kind).toBe('answered');
    if (outcome.kind === 'answered') expect((await outcome.dialog.bye())?.status).toBe(200);
    const { entries } = callees.log;
    const finals = entries.filter(({ callId, direction }) => callId === 'to-crosses' && direction === 'out');
    expect(finals.map(({ method, status }) => `${method} ${status}`).toSorted()).toEqual([
      'BYE 200',
      'CANCEL 200',
      'INVITE 200',
    ]);
  });
});

describe.concurrent('a callee that challenges', () => {
  const { username, password } = CREDENTIALS;

  it('answers those who know the password', async () => {
    const { dialog } = await caller.call('challenge', { auth: { username, password } });
    await dialog.bye();
  });

  it('sends those who have it wrong away with 403', async () => {
    const { invite } = await caller.dial('challenge', { auth: { username, password: 'guess' } });
    expect((await invite.outcome).response.status).toBe(403);
  });

  it('asks those who did not say with 407', async () => {
    const { invite } = await caller.dial('challenge');
    const { response } = await invite.outcome;
    expect(response.status).toBe(407);
    expect(response.headers.get('Proxy-Authenticate')).toContain('realm="lab"');
  });
});

describe('what is heard', () => {
  /** Callees, and how many milliseconds to listen to each; all are rung at once. */
  const LISTENED_MS = {
    human: 3500,
    business: 3500,
    'human-noisy': 2500,
    'human-twice': 5000,
    ringback: 6500,
    voicemail: 9000,
    'voicemail-no-beep': 9000,
    'voicemail-short': 4000,
    fax: 4500,
    'plays;file=tone.wav': 1400,
  };
  const heard = {} as Record<keyof typeof LISTENED_MS, Int16Array>;

  beforeAll(async () => {
    const calls = Object.entries(LISTENED_MS).map(async ([callee, milliseconds]) => {
      const call = await caller.call(callee);
      heard[callee as keyof typeof LISTENED_MS] = await call.heard(0, milliseconds);
      await call.dialog.bye();
    });
    await Promise.all(calls);
  });

  it.each(['human', 'business'] as const)('of a person (%s): words once, soon after the answer', (name) => {
    const [words, ...more] = loudParts(heard[name]);
    expect(more).toEqual([]);
    expect(words?.startMs).toBeGreaterThan(200);
    expect((words?.endMs ?? 0) - (words?.startMs ?? 0)).toBeLessThan(2000);
  });

  it('of a person in a busy room: words that stand out from the noise', () => {
    const windows = Array.from({ length: 20 }, (_, i) =>
      rms(heard['human-noisy'].subarray(i * 800, i * 800 + 800)),
    );
    const noise = Math.min(...windows.slice(1));
    expect(noise).toBeGreaterThan(100);
    expect(Math.max(...windows)).toBeGreaterThan(4 * noise);
  });

  it('of a person who gets no reply: words, a pause, words', () => {
    const [first, second] = loudParts(heard['human-twice']);
    expect((second?.startMs ?? 0) - (first?.endMs ?? 0)).toBeGreaterThan(1000);
  });

  it('of a person behind an exchange that answers first: ringing tone, then words', () => {
    const [first, second, words] = loudParts(heard.ringback);
    expect((second?.startMs ?? 0) - (first?.startMs ?? 0)).toBeCloseTo(3000, -2);
    for (const { startMs } of [first, second] as LoudPart[]) {
      for (const atMs of [startMs + 100, startMs + 700]) {
        const burst = heard.ringback.subarray(atMs * 8, (atMs + 200) * 8);
        expect(shareOf(400, burst) + shareOf(450, burst)).toBeGreaterThan(0.95);
      }
    }
    expect(words?.startMs).toBeGreaterThan((second?.endMs ?? 0) + 300);
  });

  it('of a voicemail box: a long greeting, and a beep of 400 ms at 1000 Hz', () => {
    const beep = loudParts(heard.voicemail).at(-1) ?? { startMs: 0, endMs: 0 };
    expect(beep.startMs).toBeGreaterThan(6500);
    expect(Math.abs(beep.endMs - beep.startMs - 400)).toBeLessThanOrEqual(40);
    expect(shareOf(1000, inside(heard.voicemail, beep))).toBeGreaterThan(0.95);
  });

  it('of a voicemail box without a beep: a long greeting', () => {
    const last = loudParts(heard['voicemail-no-beep']).at(-1);
    expect(last?.endMs).toBeGreaterThan(6500);
    expect(last?.endMs).toBeLessThan(8500);
  });

  it('of a voicemail box of few words: those, and a beep', () => {
    const parts = loudParts(heard['voicemail-short']);
    expect(parts).toHaveLength(2);
    const [words, beep] = parts as [LoudPart, LoudPart];
    expect(words.endMs - words.startMs).toBeLessThan(1500);
    expect(shareOf(850, inside(heard['voicemail-short'], beep))).toBeGreaterThan(0.95);
  });

  it('of a fax: 2100 Hz with its phase reversed, then V.21 at 1650 and 1850 Hz', () => {
    const { startMs } = loudParts(heard.fax)[0] ?? { startMs: 0 };
    const from = (first: number, last: number) =>
      heard.fax.subarray((startMs + first) * 8, (startMs + last) * 8);
    expect(shareOf(2100, from(50, 400))).toBeGreaterThan(0.95);
    // Across a reversal the two halves cancel each other out.
    expect(shareOf(2100, from(250, 650))).toBeLessThan(0.2);
    // Flags are six 1s and two 0s: lines 37.5 Hz apart around the mean of their frequencies.
    const lines = Array.from({ length: 12 }, (_, i) => 1700 + 37.5 * (i - 6));
    expect(lines.reduce((sum, hz) => sum + shareOf(hz, from(2900, 3300)), 0)).toBeGreaterThan(0.9);
  });

  it('of a recording: just that, from the answer on', () => {
    const recording = heard['plays;file=tone.wav'];
    const [part] = loudParts(recording);
    expect(part?.startMs).toBeLessThan(100);
    expect(shareOf(600, recording.subarray(8 * 200, 8 * 800))).toBeGreaterThan(0.99);
  });
});

describe.concurrent('a callee that answers', () => {
  it('may be heard to ring before, by early media', async () => {
    const { invite, rtp, frames } = await caller.dial('early-media');
    const progress = await new Promise<number>((resolve) => {
      invite.on('provisional', ({ status, body }) => body !== '' && resolve(status));
    });
    expect(progress).toBe(183);
    while (loudFrames(frames).length < 5) await new Promise((resolve) => rtp.once('frame', resolve));
    const ringing = loudFrames(frames)[3] as Int16Array;
    expect(shareOf(400, ringing) + shareOf(450, ringing)).toBeGreaterThan(0.8);
    const outcome = await invite.outcome;
    expect(outcome.kind).toBe('answered');
    if (outcome.kind === 'answered') await outcome.dialog.bye();
  });

  it('may hang up at once', async () => {
    const { dialog } = await caller.call('hangs-up');
    if (!dialog.isEnded) await new Promise((resolve) => dialog.once('ended', resolve));
    const sent = callees.log.ofCall(dialog.callId).filter(({ direction }) => direction === 'out');
    expect(sent.map(({ method }) => method)).toEqual(['INVITE', 'BYE']);
  });

  it.each([
    'plays',
    'plays;file=other.wav',
    'plays;file=..%2Ftone.wav',
    'plays;file=../tone.wav',
    'plays;file=.wav',
  ])('plays nothing that is not in its directory (%s)', async (callee) => {
    const { invite } = await caller.dial(callee);
    expect((await invite.outcome).response.status).toBe(404);
  });
});

describe.concurrent('the media of a call', () => {
  it.each(['PCMA', 'PCMU'] as const)('goes by the first codec of the offer, %s', async (codec) => {
    const other = codec === 'PCMA' ? 'PCMU' : 'PCMA';
    const call = await caller.call('mute', { codecs: [codec, other] });
    expect(call.codec).toBe(codec);
    expect(rms(await call.heard(100, 300))).toBeLessThan(100);
    await call.dialog.bye();
  });

  it('is offered by the callee when the caller left that to it', async () => {
    const { rtp, frames } = await caller.dial('busy');
    const local = { host: rtp.host, port: rtp.port, sessionId: 1, sessionVersion: 1 };
    const late = caller.agent.invite({
      uri: caller.uri('mute'),
      answer: (offer) => createAnswer(offer, { ...local, codecs: ['PCMU'] })?.sdp ?? '',
    });
    const outcome = await late.outcome;
    expect(outcome.kind).toBe('answered');
    while (frames.length < 5) await new Promise((resolve) => rtp.once('frame', resolve));
    if (outcome.kind === 'answered') await outcome.dialog.bye();
  });

  it('stops on hold and moves to a new address, by re-INVITE', async () => {
    const call = await caller.call('mute');
    const elsewhere = await caller.dial('busy');
    await call.heard(0, 60);
    const description = { host: '127.0.0.1', codecs: ['PCMA'] as const, sessionId: 1 };
    const held = createOffer({ ...description, port: call.rtp.port, sessionVersion: 2 }, 'sendonly');
    const answer = await call.dialog.reinvite(held);
    expect([answer.status, /a=recvonly/.test(answer.body)]).toEqual([200, true]);
    const resumed = createOffer({ ...description, port: elsewhere.rtp.port, sessionVersion: 3 });
    expect((await call.dialog.reinvite(resumed)).status).toBe(200);
    while (elsewhere.frames.length < 5) await new Promise((resolve) => elsewhere.rtp.once('frame', resolve));
    await call.dialog.bye();
  });
});
