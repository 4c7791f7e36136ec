import type { AudioSource } from '../../media/audio-source.js';
import { SAMPLE_RATE } from '../../media/frame-clock.js';
import type { Channel } from '../channel/channel.js';
import { openSound } from './sound.js';
import type { PlaybackEnd } from './write-stream.js';

/** FreeSWITCH reads ahead by this much; `playback_ms` counts what was read, not what was played. */
const READ_AHEAD_SAMPLES = 16_384;
const BETWEEN_FILES_MS = 250;

type PlayedHow = PlaybackEnd | 'notFound' | 'timedOut';

const RESPONSES: Readonly<Record<PlayedHow, string>> = {
  finished: 'FILE PLAYED',
  broken: 'FILE PLAYED',
  hungUp: 'FILE PLAYED',
  notFound: 'FILE NOT FOUND',
  timedOut: 'PLAYBACK ERROR',
};

/** `playback <file>[@@<sample>]`; several files where `playback_delimiter` is set (switch_ivr_play_file). */
export async function playback(channel: Channel, argument: string): Promise<void> {
  const [, list = '', startAt = '0'] = /^(.*?)(?:@@(\d*))?$/s.exec(argument) ?? [];
  channel.variables.set('current_application_response', await playFiles(channel, list, Number(startAt)));
}

/** `endless_playback <file>`: repeats until the channel is hung up or told to break. */
export async function playForever(channel: Channel, file: string): Promise<void> {
  for (;;) {
    const how = await playFile(channel, file, 0);
    if (how !== 'finished') return;
    // An empty file must not spin.
    await channel.pause(1);
  }
}

async function playFiles(channel: Channel, list: string, startAt: number): Promise<string> {
  if (list === '') return 'PLAYBACK ERROR';
  const delimiter = channel.variables.get('playback_delimiter')?.[0];
  let how: PlayedHow = 'finished';
  let isFirst = true;
  for (const file of delimiter === undefined ? [list] : list.split(delimiter)) {
    if (!isFirst) await channel.pause(BETWEEN_FILES_MS);
    if (channel.isDown) break;
    how = await playFile(channel, file, isFirst ? startAt : 0);
    if (how === 'timedOut') break;
    isFirst = false;
  }
  return RESPONSES[how];
}

async function playFile(channel: Channel, file: string, startAt: number): Promise<PlayedHow> {
  const sound = await openSound(file, channel.core.soundsDirectory);
  if (sound === null) return 'notFound';
  if (startAt > 0) sound.next(startAt);
  const described: (readonly [string, string])[] = [
    ...(file.startsWith('tone_stream:') ? [['Playback-File-Type', 'tone_stream'] as const] : []),
    ['Playback-File-Path', file],
  ];
  const source = new ReadAheadSource(sound, timeLimitSamples(channel));
  channel.fire('PLAYBACK_START', described);
  const how = await channel.writeStream.play(source);
  const { variables } = channel;
  variables.set('playback_last_offset_pos', String(source.played));
  variables.set('playback_seconds', String(Math.trunc(source.read / SAMPLE_RATE)));
  variables.set('playback_ms', String(Math.trunc(source.read / (SAMPLE_RATE / 1000))));
  variables.set('playback_samples', String(source.read));
  channel.fire('PLAYBACK_STOP', [...described, ['Playback-Status', how === 'broken' ? 'break' : 'done']]);
  return source.isTimedOut ? 'timedOut' : how;
}

/** As in FreeSWITCH, a limit of one second means none. */
function timeLimitSamples(channel: Channel): number {
  const seconds = Number.parseInt(channel.variables.get('playback_timeout_sec') ?? '', 10);
  return seconds > 1 ? seconds * SAMPLE_RATE : Number.POSITIVE_INFINITY;
}

/** Passes a sound on and counts, the way FreeSWITCH does, the samples read and the samples played. */
class ReadAheadSource implements AudioSource {
  read = 0;
  played = 0;
  readonly #sound: AudioSource;
  readonly #limit: number;
  #buffer = new Int16Array(0);
  #isAtEnd = false;

  constructor(sound: AudioSource, limitSamples: number) {
    this.#sound = sound;
    this.#limit = limitSamples;
  }

  get isTimedOut(): boolean {
    return this.played >= this.#limit;
  }

  next(samples: number): Int16Array {
    if (this.isTimedOut) return new Int16Array(0);
    if (this.#buffer.length <= samples && !this.#isAtEnd) this.#readOn();
    const part = this.#buffer.subarray(0, samples);
    this.#buffer = this.#buffer.subarray(part.length);
    this.played += part.length;
    return part;
  }

  #readOn(): void {
    const more = this.#sound.next(READ_AHEAD_SAMPLES);
    this.read += more.length;
    this.#isAtEnd = more.length < READ_AHEAD_SAMPLES;
    const joined = new Int16Array(this.#buffer.length + more.length);
    joined.set(this.#buffer);
    joined.set(more, this.#buffer.length);
    this.#buffer = joined;
  }
}
