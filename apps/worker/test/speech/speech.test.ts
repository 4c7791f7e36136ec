import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { speechOf } from '../../src/speech/speech.js';
import { speechConfigurationSchema } from '../../src/speech/speech-configuration.js';

type Input = Parameters<typeof speechConfigurationSchema.parse>[0] & object;

const FREESWITCH = { media: 'freeswitch', sounds: {} } as const;
let directory: string;
let service: Server;
let url: string;
const asked: unknown[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outdial-speech-'));
  service = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const utterance = JSON.parse(Buffer.concat(chunks).toString());
    asked.push({ ...utterance, key: request.headers['x-key'] });
    if (utterance.text === 'refused') response.writeHead(503).end();
    else response.end(Buffer.alloc(1600, 1));
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/tts`;
});
afterAll(async () => {
  service.closeAllConnections();
  service.close();
  await rm(directory, { recursive: true });
});

function speech(input: Input) {
  const made = speechOf(speechConfigurationSchema.parse({ directory, ...input }), FREESWITCH);
  if (made === null) throw new Error('no speech is configured');
  return made;
}

/** A program of Node's that stands for a text-to-speech: `code` may use `text`, its input. */
const program = (code: string, ...args: string[]) => [
  process.execPath,
  '-e',
  `let text = ''; process.stdin.on('data', (d) => { text += d; }).on('end', () => { ${code} });`,
  ...args,
];
/** The header of a WAV that was written before its length was known, as programs do that write to a pipe. */
const STREAMED_WAV = `const h = Buffer.alloc(44); h.write('RIFF'); h.writeUInt32LE(0x7fffffff, 4); h.write('WAVEfmt ', 8);
  h.writeUInt32LE(16, 16); h.writeUInt16LE(1, 20); h.writeUInt16LE(1, 22); h.writeUInt32LE(22050, 24);
  h.writeUInt32LE(44100, 28); h.writeUInt16LE(2, 32); h.writeUInt16LE(16, 34); h.write('data', 36); h.writeUInt32LE(0x7fffffff, 40);
  process.stdout.write(Buffer.concat([h, Buffer.alloc(200, text.length)]));`;

describe('speech by a command', () => {
  it('is a whole WAV file, made of its input and its voice', async () => {
    const wav = await readFile(await speech({ command: program(STREAMED_WAV) }).fileOf('seven c', {}));
    expect(wav.length).toBe(244);
    expect(wav.readUInt32LE(4)).toBe(236);
    expect(wav.readUInt32LE(24)).toBe(22_050);
    expect(wav.readUInt32LE(40)).toBe(200);
    expect(wav[44]).toBe('seven c'.length);
  });

  it('is made once for a text, a voice and a language, however many ask at once', async () => {
    const log = `require('fs').appendFileSync(process.argv[1], process.argv[2] + process.argv[3] + ';');`;
    const file = join(directory, 'made.log');
    const made = speech({
      command: program(`${log} process.stdout.write(Buffer.alloc(4));`, file, '{voice}', '{language}'),
      voice: 'anna',
    });
    const paths = await Promise.all([made.fileOf('hello', {}), made.fileOf('hello', {})]);
    expect(new Set(paths).size).toBe(1);
    await made.fileOf('hello', { voice: 'anna' });
    await made.fileOf('hello', { language: 'de' });
    expect(await readFile(file, 'utf8')).toBe('annaen;annade;');
  });

  it.each<[string, Input, string]>([
    [
      'fails',
      { command: program(`console.error('no such voice'); process.exit(3)`) },
      'ended with 3: no such voice',
    ],
    ['is missing', { command: ['/nowhere/speak'] }, 'ENOENT'],
    ['says nothing', { command: program('') }, 'it is empty'],
    [
      'takes too long',
      { command: program('setInterval(() => {}, 1000)'), secondsTimeout: 0.3 },
      'not made within 0.3 s',
    ],
    [
      'says too much',
      { command: program('process.stdout.write(Buffer.alloc(3000))'), bytesMax: 2000 },
      'more than 2000 bytes',
    ],
    [
      'gives no WAV that is whole',
      { command: program(`process.stdout.write('RIFF    WAVE')`) },
      'no format or no data',
    ],
  ])('that %s is told, and leaves no file', async (_, input, reason) => {
    const own = await mkdtemp(join(directory, 'own-'));
    await expect(speech({ ...input, directory: own }).fileOf('hello', {})).rejects.toMatchObject({
      code: 'SPEECH_FAILED',
      message: expect.stringContaining(reason),
    });
    expect(await readdir(own)).toEqual([]);
  });
});

describe('speech by a service', () => {
  it('is asked for as JSON, and raw PCM gets a header', async () => {
    const made = speech({ url, headers: { 'X-Key': 'secret' }, sampleRate: 16_000 });
    const wav = await readFile(await made.fileOf('good day', { language: 'en-GB' }));
    expect(asked.at(-1)).toEqual({ text: 'good day', voice: 'default', language: 'en-GB', key: 'secret' });
    expect(wav.readUInt32LE(24)).toBe(16_000);
    expect(wav.readUInt32LE(40)).toBe(1600);
  });

  it('that is refused is told', async () => {
    await expect(speech({ url }).fileOf('refused', {})).rejects.toThrow('the service answered 503');
  });
});

it('drops what was used longest ago', async () => {
  const own = await mkdtemp(join(directory, 'own-'));
  const made = speech({ url, directory: own, filesMax: 10 });
  for (let n = 0; n < 100; n++) await made.fileOf(`text ${n}`, {});
  expect(await readdir(own)).toHaveLength(10);
});

it('needs a directory, and is none without a command and a service', () => {
  expect(speechOf(speechConfigurationSchema.parse({}), FREESWITCH)).toBeNull();
  expect(() => speechOf(speechConfigurationSchema.parse({ url }), FREESWITCH)).toThrow('is missing');
  const elsewhere = speechConfigurationSchema.parse({ url, directory: '/var/speech' });
  const playing = { media: 'auto', sounds: { directory: '/srv/sounds' } } as const;
  expect(() => speechOf(elsewhere, playing)).toThrow('must be in telephony.sounds.directory');
  expect(speechOf(speechConfigurationSchema.parse({ url }), playing)).not.toBeNull();
  expect(() => speechConfigurationSchema.parse({ url, command: ['say'] })).toThrow('not both');
});
