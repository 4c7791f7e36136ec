import { type EventFormat, type FsEvent, headerOf } from './event.js';
import { eventNamed, MY_EVENTS } from './event-names.js';

interface Filter {
  readonly name: string;
  readonly value: string;
}

/**
 * The events that one event socket receives. Its methods execute the commands of the same name and return the
 * reply.
 */
export class Subscription {
  format: EventFormat = 'plain';
  readonly #names = new Set<string>();
  readonly #subclasses = new Set<string>();
  #filters: Filter[] = [];
  #myUuid: string | null = null;

  wants(name: string, subclass: string | null): boolean {
    if (this.#names.has('ALL')) return true;
    return (
      this.#names.has(name) && (name !== 'CUSTOM' || subclass === null || this.#subclasses.has(subclass))
    );
  }

  /** Whether an event that `wants` accepted also passes the filters and `myevents`. */
  passes(event: FsEvent): boolean {
    if (this.#myUuid !== null) {
      const { headers } = event;
      if (headers.get('Job-Owner-UUID') !== this.#myUuid && headers.get('Unique-ID') !== this.#myUuid)
        return false;
    }
    return this.#filters.length === 0 || this.#isFilteredIn(event);
  }

  /** `event [plain|json|xml] <names> [CUSTOM <subclasses>]`: every word after CUSTOM is a subclass. */
  event(words: readonly string[]): string {
    const [first = ''] = words;
    const isFormat = /^(plain|json|xml)$/i.test(first);
    if (isFormat) this.format = first.toLowerCase() as EventFormat;
    let isAnyKnown = false;
    let isCustom = false;
    for (const word of isFormat ? words.slice(1) : words) {
      if (isCustom) {
        this.#subclasses.add(word);
        continue;
      }
      const name = eventNamed(word);
      if (name === undefined) continue;
      isAnyKnown = true;
      isCustom = name === 'CUSTOM';
      this.#names.add(name);
    }
    return isAnyKnown ? `+OK event listener enabled ${this.format}` : '-ERR no keywords supplied';
  }

  nixevent(words: readonly string[]): string {
    let isAnyKnown = false;
    let isCustom = false;
    for (const word of words) {
      if (isCustom) {
        this.#subclasses.delete(word);
        continue;
      }
      const name = eventNamed(word);
      if (name === undefined) continue;
      isAnyKnown = true;
      if (name === 'CUSTOM') isCustom = true;
      else if (name === 'ALL') this.#names.clear();
      else this.#names.delete(name);
    }
    return isAnyKnown ? '+OK events nixed' : '-ERR no keywords supplied';
  }

  noevents(): string {
    if (this.#names.size === 0) return '-ERR not listening for events';
    this.#names.clear();
    this.#subclasses.clear();
    return '+OK no longer listening for events';
  }

  /** `filter [add] <header> <value>`, `filter delete <header> [<value>]`, `filter delete all`. */
  filter(words: readonly string[]): string {
    const [verb = '', ...rest] = words;
    if (words.length < 2) return '-ERR invalid syntax';
    if (/^delete$/i.test(verb)) {
      const [name = '', ...value] = rest;
      return this.#deleteFilter(name, value.join(' '));
    }
    const [name = '', ...value] = /^add$/i.test(verb) ? rest : words;
    this.#filters.push({ name, value: value.join(' ') });
    return `+OK filter added. [${name}]=[${value.join(' ')}]`;
  }

  myevents(uuid: string): string {
    // FreeSWITCH's own spelling.
    if (this.#myUuid !== null) return '-ERR aready enabled.';
    this.#myUuid = uuid;
    for (const name of MY_EVENTS) this.#names.add(name);
    return '+OK Events Enabled';
  }

  #deleteFilter(name: string, value: string): string {
    const wanted = name.toLowerCase();
    this.#filters =
      wanted === 'all'
        ? []
        : this.#filters.filter((f) => f.name.toLowerCase() !== wanted || (value !== '' && f.value !== value));
    return `+OK filter deleted. [${name}][${value}]`;
  }

  /** Any matching filter passes the event, except that one whose value starts with `-` blocks it. */
  #isFilteredIn(event: FsEvent): boolean {
    let isIn = false;
    for (const { name, value } of this.#filters) {
      const actual = headerOf(event.headers, name);
      if (actual === undefined) continue;
      const isExcluding = value.startsWith('-');
      if (isIn && !isExcluding) continue;
      if (!matches(actual, value.replace(/^[+\- ]+/, ''))) continue;
      if (isExcluding) return false;
      isIn = true;
    }
    return isIn;
  }
}

function matches(actual: string, wanted: string): boolean {
  const pattern = /^\/(.*)\/$/.exec(wanted)?.[1];
  if (pattern === undefined) return actual.toLowerCase() === wanted.toLowerCase();
  try {
    return new RegExp(pattern).test(actual);
  } catch {
    return false;
  }
}
