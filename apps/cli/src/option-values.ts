import { InvalidArgumentError } from 'commander';

/** A number; what range it may have is the contract's to say. */
export function toNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It is a number.');
  return value;
}

/** Seconds, or `none`. */
export function toTimeout(text: string): number | null {
  return text === 'none' ? null : toNumber(text);
}

export function toSecondsFromZero(text: string): number {
  const value = toNumber(text);
  if (value < 0) throw new InvalidArgumentError('It is a number from 0.');
  return value;
}

/** 0 to 65535. */
export function toPort(text: string): number {
  const value = toNumber(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('It is a port.');
  return value;
}

/** Gathers `--header NAME=VALUE`, given any number of times. */
export function addHeader(
  text: string,
  former: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('It is NAME=VALUE.');
  return { ...former, [text.slice(0, equals).trim()]: text.slice(equals + 1) };
}

/** A place in the stream of events. */
export function toStreamPlace(text: string): string {
  if (!/^(?:\$|\d+(?:-\d+)?)$/.test(text))
    throw new InvalidArgumentError('It is "$", "0" or the id of an event.');
  return text;
}
