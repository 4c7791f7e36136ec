import { randomBytes } from 'node:crypto';
import type { MediaSession } from '@outdial/media';
import { sealRtp } from '@outdial/testkit';
import { type DatagramKind, PLAIN_KINDS, SeededRandom, securedKinds } from '@outdial/testkit/fuzz';
import { join, recording, silence } from '@outdial/testkit/sounds';
import { expect, it } from 'vitest';
import type { SrtpKeys } from '../../src/description.js';
import type { FarEnd } from '../far-end.js';
import { connect, hangUp, portsOf, startEngine } from './stack.js';

/** `bench/fuzz.mjs` sends a million of each kind. */
const PACKETS_A_KIND = 500;
/** What a socket's buffer holds, whatever their size. */
const BURST = 50;
const DIGIT_D = 15;

const engine = await startEngine({ ports: portsOf(6) });
const key = randomBytes(30).toString('base64');
const suite = 'AES_CM_128_HMAC_SHA1_80' as const;
const srtp: SrtpKeys = { local: { suite, inline: key }, remote: { suite, inline: key } };
const stream = { inline: key, tagBytes: 10 };

it('crashes on no malformed datagram, refuses what is none of the call, and touches no other call', async () => {
  const random = new SeededRandom(7);
  const beside = await connect(engine);
  await beside.session.listen({ timeoutMilliseconds: 5000 });
  await beside.session.answered();
  const verdict = new Promise((resolve) => beside.session.once('verdict', (heard) => resolve(heard.verdict)));
  const speech = join(silence(400), recording('hello'), silence(4000));
  const frames = speech.length / 160;
  const legs = [
    { kinds: PLAIN_KINDS, seal: (packet: Buffer) => packet, call: await connect(engine, { rtcpMux: true }) },
    {
      kinds: securedKinds(stream),
      seal: (packet: Buffer) => sealRtp(packet, stream),
      call: await connect(engine, { rtcpMux: true, srtp }),
    },
  ];
  let spoken = 0;
  const bursts =
    legs.reduce((sum, { kinds }) => sum + Object.keys(kinds).length, 0) * (PACKETS_A_KIND / BURST);
  for (const { kinds, seal, call } of legs) {
    const flood = new Flood(call.session, call.far, seal);
    for (const kind of Object.values(kinds)) {
      for (let sent = 0; sent < PACKETS_A_KIND; sent += BURST) {
        await flood.send(kind, random);
        const until = Math.ceil(spoken + frames / bursts);
        await beside.far.speak(speech.subarray(spoken * 160, until * 160), beside.received);
        spoken = until;
      }
    }
    expect(call.session.isLost).toBe(false);
    expect((await call.session.quality()).packetsRefused).toBeGreaterThan(PACKETS_A_KIND * 4);
  }
  expect(await verdict).toMatchObject({ farEndType: 'LIVE' });
  expect(await beside.session.quality()).toMatchObject({ packetsRefused: 0, packetsLost: 0 });
  for (const { call } of legs) await hangUp(call);
  await hangUp(beside);
});

/** Sends as fast as the session reads: each burst ends with a key press, which is told once all before it was read. */
class Flood {
  readonly #session: MediaSession;
  readonly #far: FarEnd;
  readonly #seal: (packet: Buffer) => Buffer;
  #sequence = 0;

  constructor(session: MediaSession, far: FarEnd, seal: (packet: Buffer) => Buffer) {
    this.#session = session;
    this.#far = far;
    this.#seal = seal;
  }

  async send(kind: DatagramKind, random: SeededRandom): Promise<void> {
    const read = new Promise<void>((resolve) => {
      const look = ({ digit }: { digit: string }) => {
        if (digit !== 'D') return;
        this.#session.off('digit', look);
        resolve();
      };
      this.#session.on('digit', look);
    });
    for (let n = 0; n < BURST; n++) this.#far.send(kind(random));
    this.#sequence += 1;
    const press = Buffer.alloc(16);
    press.set([0x80, 101]);
    press.writeUInt16BE(this.#sequence & 0xffff, 2);
    press.writeUInt32BE(this.#sequence * 1600, 4);
    press.writeUInt32BE(0xfeed, 8);
    press.set([DIGIT_D, 0x80, 0, 160], 12);
    this.#far.send(this.#seal(press));
    await read;
  }
}
