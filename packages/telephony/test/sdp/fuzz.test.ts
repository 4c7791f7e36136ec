import { DESCRIPTION_KINDS, SeededRandom } from '@outdial/testkit/fuzz';
import { expect, it } from 'vitest';
import type { SrtpPolicy } from '../../src/configuration.js';
import type { Media } from '../../src/media/media.js';
import { MediaSession } from '../../src/media/media-session.js';
import { newKeys } from '../../src/sdp/crypto.js';
import { agreeOn, offerOf } from '../../src/sdp/worker-description.js';

/** `bench/fuzz.mjs` makes a million of each kind. */
const DESCRIPTIONS_A_KIND = 200;
const LOCAL = { address: '192.0.2.1', port: 4000, rtcpPort: 4001 };
const CODECS = ['g711a', 'g711u'] as const;

/** Media that reads and answers descriptions as the worker's own does, and has no sockets. */
class DescribedMedia implements Media {
  offer = '';
  readonly server = null;
  readonly endpointUuid = null;
  readonly isLost = false;
  readonly hearsEarlyMedia = true;
  readonly hearing = {
    gives: 'frames' as const,
    listen: () => Promise.resolve({ listening: true as const }),
    stopListening: () => undefined,
    measure: () => undefined,
  };
  #keys = newKeys();

  protect(srtp: SrtpPolicy): void {
    this.#keys = srtp === 'off' ? [] : newKeys();
    this.offer = offerOf(LOCAL, CODECS, { srtp, keys: this.#keys });
  }
  async connect(remoteSdp: string): Promise<string> {
    return agreeOn(remoteSdp, LOCAL, CODECS, this.#keys).answer;
  }
  markUsed(): void {}
  answered(): void {}
  play = () => Promise.resolve({ outcome: 'finished' as const });
  sendDigit = () => Promise.resolve({ outcome: 'finished' as const });
  openBot(): never {
    throw new Error('there are no bots');
  }
  record = () => Promise.resolve({ problem: 'there is no audio' });
  onDigit(): void {}
  earlyMedia = () => Promise.resolve(null);
  stopPlaying(): void {}
  async bridge() {}
  unbridge() {}
  packetsReceived = () => Promise.resolve(null);
  quality = () => Promise.resolve(null);
  onLost(): void {}
  release = () => Promise.resolve();
}

const POLICIES: readonly SrtpPolicy[] = ['off', 'optional', 'required'];

it.each(Object.entries(DESCRIPTION_KINDS))('a description of %s breaks nothing', async (_name, kind) => {
  const random = new SeededRandom(11);
  for (let n = 0; n < DESCRIPTIONS_A_KIND; n++) {
    const media = new DescribedMedia();
    media.protect('off');
    const session = new MediaSession(media);
    session.offerTo(random.of(POLICIES));
    const text = kind(random, media.offer);
    session.describeEarly(text);
    const found = session.describeFinal(text);
    expect('codec' in found ? found.codec : found.problem).toEqual(expect.any(String));
    expect(typeof session.isOnHold).toBe('boolean');
    // What was assessed as usable can be connected to, unless it has no usable address or codec after all.
    await session.connect().catch((error) => expect(error).toBeInstanceOf(Error));
    const answered = await session.answer(text);
    expect('answer' in answered ? answered.answer : answered.problem).toEqual(expect.any(String));
    session.offerAgain();
    await session.acceptAnswer(text).catch((error) => expect(error).toBeInstanceOf(Error));
  }
});
