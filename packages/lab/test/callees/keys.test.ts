import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Callees } from '../../src/callees/callees.js';
import { fromPcm } from '../../src/media/audio-source.js';
import { tone } from '../../src/media/tones.js';
import { shareOf } from '../media/spectrum.js';
import { Caller } from './caller.js';

let callees: Callees;
let caller: Caller;
/** What the callee of `listens` has heard. */
let heard: (digits: string) => void = () => {};
beforeAll(async () => {
  callees = await Callees.start({
    scripts: {
      listens: async (call) => {
        await call.answer();
        heard(await call.hearDigits(3));
      },
    },
  });
  caller = await Caller.start(callees.sipAddress);
});
afterAll(async () => {
  await caller.stop();
  await callees.close();
});

/** Longer than a callee's hello. */
const prompt = () => fromPcm(tone([440], 15_000));

describe('a callee that presses keys on hearing a prompt', () => {
  it('sends them by telephone event, each once, group by group', async () => {
    const { rtp, dialog } = await caller.call('presses;keys=12-h');
    let digits = '';
    rtp.on('digit', (digit) => {
      digits += digit;
    });
    void rtp.play(prompt());
    await expect.poll(() => digits).toBe('12');
    void rtp.play(prompt());
    await expect.poll(() => digits).toBe('12#');
    await dialog.bye();
  });

  it('sends them by INFO', async () => {
    const { rtp, dialog } = await caller.call('presses-by-info');
    const info = new Promise<string>((resolve) => {
      dialog.on('request', ({ request, respond }) => {
        respond(200);
        resolve(request.body);
      });
    });
    void rtp.play(prompt());
    expect(await info).toMatch(/^Signal=1\r\n/);
    await dialog.bye();
  });

  it('sends them as tones, and agrees to no telephone events', async () => {
    const { rtp, dialog } = await caller.call('presses-in-band');
    expect(dialog.remoteSdp).not.toContain('telephone-event');
    const pressed = new Promise<void>((resolve) => {
      rtp.on('frame', (pcm) => {
        if (shareOf(697, pcm) > 0.3 && shareOf(1209, pcm) > 0.3) resolve();
      });
    });
    void rtp.play(prompt());
    await pressed;
    await dialog.bye();
  });
});

it('a callee of a test has the script that the test gives it', async () => {
  const digits = new Promise<string>((resolve) => {
    heard = resolve;
  });
  const { rtp, dialog } = await caller.call('listens');
  await rtp.press('4*7', { durationMs: 40, gapMs: 40 });
  expect(await digits).toBe('4*7');
  await dialog.bye();
});
