import type { Channel } from '../channel/channel.js';
import { separate } from '../event-socket/arguments.js';
import { playback } from './playback.js';

interface Collected {
  readonly digits: string;
  readonly terminator: string | null;
}

interface Limits {
  readonly min: number;
  readonly max: number;
  readonly timeoutMs: number;
  readonly digitTimeoutMs: number;
  readonly terminators: string;
}

/**
 * `play_and_get_digits <min> <max> <tries> <timeout> <terminators> <file> <invalid_file> <var> <regexp>
 * [<digit_timeout>]`: plays the file until a digit comes, and collects digits (switch_play_and_get_digits).
 */
export async function collectDigits(channel: Channel, argument: string): Promise<void> {
  const [
    min,
    max,
    tries,
    timeout,
    terminators = '#',
    file = '',
    invalidFile = '',
    name = '',
    regexp = '',
    digit,
  ] = separate(argument, 10);
  const timeoutMs = Number(timeout) || 0;
  const limits: Limits = {
    min: Number(min) || 0,
    max: Number(max) || 128,
    timeoutMs,
    digitTimeoutMs: Number(digit) || timeoutMs,
    // `none` in place of a list: no digit ends the collection.
    terminators: terminators === 'none' ? '' : terminators,
  };
  channel.digits.flush();
  for (const variable of [name, `${name}_invalid`, 'read_terminator_used'])
    channel.setVariable(variable, null);
  for (let attempt = 0; attempt < Math.max(1, Number(tries) || 1) && !channel.isDown; attempt++) {
    const { digits, terminator } = await playAndCollect(channel, file, limits);
    if (terminator !== null) channel.setVariable('read_terminator_used', terminator);
    if (digits.length >= limits.min && matches(digits, regexp)) {
      channel.setVariable(name, digits);
      return;
    }
    channel.setVariable(`${name}_invalid`, digits);
    if (invalidFile !== '' && !channel.isDown) await playback(channel, invalidFile);
  }
}

async function playAndCollect(channel: Channel, file: string, limits: Limits): Promise<Collected> {
  const played = new AbortController();
  const playing = playback(channel, file).finally(() => played.abort());
  await channel.digits.available(AbortSignal.any([played.signal, channel.down]));
  if (!played.signal.aborted) channel.writeStream.break();
  await playing;
  return collect(channel, limits);
}

async function collect(channel: Channel, limits: Limits): Promise<Collected> {
  let digits = '';
  while (digits.length < limits.max) {
    const waitMs = digits === '' ? limits.timeoutMs : limits.digitTimeoutMs;
    const digit = await channel.digits.take(waitMs, channel.down);
    if (digit === null) return { digits, terminator: null };
    if (limits.terminators.includes(digit)) return { digits, terminator: digit };
    digits += digit;
  }
  return { digits, terminator: null };
}

/** As FreeSWITCH does, the whole input must match; without an expression, anything does. */
function matches(digits: string, regexp: string): boolean {
  if (regexp === '') return true;
  try {
    return new RegExp(`^(?:${regexp})$`).test(digits);
  } catch {
    return false;
  }
}
