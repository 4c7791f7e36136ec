const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
const EXACT = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});
const WHOLE = new Intl.NumberFormat();
const RATE = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** The viewer's own time zone, in which all times are shown. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Today's times are told without their date. `at`: epoch milliseconds. */
export function formatTime(at: number): string {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return (isToday ? TIME : DATE_TIME).format(at);
}

/** A time of the day, for an axis. */
export function formatClock(at: number): string {
  return CLOCK.format(at);
}

export function formatDateTime(at: number): string {
  return DATE_TIME.format(at);
}

/** To the millisecond. */
export function formatExact(at: number): string {
  return EXACT.format(at);
}

export function formatCount(count: number): string {
  return WHOLE.format(count);
}

/** A number a second. */
export function formatRate(rate: number): string {
  return RATE.format(rate);
}

/** `420 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${RATE.format(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `ANSWER_MACHINE` and `carrier_announcement` as words. */
export function words(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ');
}

/** What follows a count: `1 call`, `2 calls`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
