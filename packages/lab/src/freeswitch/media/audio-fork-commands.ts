import { SAMPLE_RATE } from '../../media/frame-clock.js';
import type { Channel } from '../channel/channel.js';
import type { Core } from '../core.js';
import { separate } from '../event-socket/arguments.js';
import { AudioFork, type MixType } from './audio-fork.js';

/** MY_BUG_NAME of mod_audio_fork.h. */
const DEFAULT_BUG_NAME = 'audio_fork';
const OK = '+OK Success\n';
const FAILED = '-ERR Operation Failed\n';
const ONE_WAY_USAGE =
  '-USAGE: <uuid> [start | stop | send_text | pause | resume | graceful-shutdown ] [wss-url | path] ' +
  '[mono | mixed | stereo] [8000 | 16000 | 24000 | 32000 | 64000] [bugname] [metadata]';
const USAGE = `${ONE_WAY_USAGE.replace('shutdown ]', 'shutdown | stop_play ]')} [bidirectionalAudio_enabled] [bidirectionalAudio_stream_enabled] [bidirectionalAudio_stream_samplerate]`;

/** The API command `uuid_audio_fork`. */
export function audioFork(core: Core, argument: string): string {
  const isTwoWay = core.audioForks === 'bothWays';
  const args = separate(argument, isTwoWay ? 10 : 7);
  const [uuid = '', verb = ''] = args;
  if (args.length < 2 || (verb === 'start' && args.length < 4))
    return `${isTwoWay ? USAGE : ONE_WAY_USAGE}\n`;
  const channel = core.channels.get(uuid);
  if (channel === undefined || channel.isDown) return FAILED;
  const isDone =
    verb.toLowerCase() === 'start' ? start(channel, args) : control(channel, verb.toLowerCase(), args);
  return isDone ? OK : FAILED;
}

function start(channel: Channel, args: readonly string[]): boolean {
  const [, , url = '', mix = '', rate = ''] = args;
  const { bugName, metadata } = labelsOf(args);
  const { media, forks, variables } = channel;
  const sampleRate = /^(8|16)k$/.test(rate) ? Number.parseInt(rate, 10) * 1000 : Number.parseInt(rate, 10);
  if (!/^(mono|mixed|stereo)$/.test(mix) || !isSampleRate(sampleRate) || !isWebSocketUrl(url)) return false;
  if (media === null || forks.has(bugName)) return false;
  const user = variables.get('MOD_AUDIO_BASIC_AUTH_USERNAME');
  const fork = new AudioFork({
    url: url.replace(/^http/i, 'ws'),
    mix: mix as MixType,
    sampleRate,
    metadata,
    playRate: playRateOf(args),
    credentials:
      user === undefined ? null : `${user}:${variables.get('MOD_AUDIO_BASIC_AUTH_PASSWORD') ?? ''}`,
    readStream: media.readStream,
    writeStream: channel.writeStream,
    report: (event, body) => channel.fireCustom(`mod_audio_fork::${event}`, body),
  });
  forks.set(bugName, fork);
  fork.connect();
  return true;
}

/**
 * The bug's name and metadata, as the module parses them: with all ten arguments empty ones mean the
 * defaults; with fewer (as fsmrf sends without a sample rate to play) an empty name *is* the name, so that a
 * fork started without one cannot be stopped by the default name.
 */
function labelsOf(args: readonly string[]): { bugName: string; metadata: string } {
  const [, , , , , first = '', second = ''] = args;
  if (args.length > 9) return { bugName: first === '' ? DEFAULT_BUG_NAME : first, metadata: second };
  if (args.length > 6) return { bugName: first, metadata: second };
  if (args.length === 6 && /^[[{]/.test(first)) return { bugName: DEFAULT_BUG_NAME, metadata: first };
  return { bugName: args.length === 6 ? first : DEFAULT_BUG_NAME, metadata: '' };
}

/** Of the two-way mode, which all ten arguments and a rate ask for; null: nothing that the server sends is played. */
function playRateOf(args: readonly string[]): number | null {
  const [, , , , , , , isEnabled, isStreamed, rate = ''] = args;
  const samplesASecond = Number.parseInt(rate, 10);
  return isEnabled === 'true' && isStreamed === 'true' && samplesASecond > 0 ? samplesASecond : null;
}

/** `stop [bugname] [text]` and the like. */
function control({ forks }: Channel, verb: string, args: readonly string[]): boolean {
  // It takes no name: only the fork of the default name can be told.
  if (verb === 'stop_play') {
    forks.get(DEFAULT_BUG_NAME)?.stopPlay();
    return forks.has(DEFAULT_BUG_NAME);
  }
  const [, , third, fourth] = args;
  const isText = fourth === undefined && third !== undefined && /^[[{]/.test(third);
  const bugName = isText ? DEFAULT_BUG_NAME : (third ?? DEFAULT_BUG_NAME);
  const text = (isText ? third : fourth) ?? null;
  const fork = forks.get(bugName);
  if (fork === undefined) return false;
  switch (verb) {
    case 'stop':
      forks.delete(bugName);
      fork.stop(text);
      return true;
    case 'send_text':
      if (text !== null) fork.sendText(text);
      return true;
    case 'pause':
    case 'resume':
      fork.pause(verb === 'pause');
      return true;
    case 'graceful-shutdown':
      fork.shutDownGracefully();
      return true;
    default:
      return false;
  }
}

function isWebSocketUrl(url: string): boolean {
  return /^(wss?|https?):\/\//i.test(url) && URL.canParse(url);
}

/** Whether mod_audio_fork accepts this sample rate. */
function isSampleRate(rate: number): boolean {
  return rate > 0 && rate % SAMPLE_RATE === 0;
}
