/** An event of FreeSWITCH's: named headers in order, perhaps a body; and its two forms on the wire. */

export type EventHeaders = Map<string, string>;

/**
 * `plain` is URL-encoded lines, `json` one object; `xml` is accepted where FreeSWITCH does, and sent as
 * plain.
 */
export type EventFormat = 'plain' | 'json' | 'xml';

export interface FsEvent {
  readonly name: string;
  /** Of a CUSTOM event, such as `mod_audio_fork::connect`. */
  readonly subclass: string | null;
  readonly headers: EventHeaders;
  readonly body: string | null;
}

/** The characters that `switch_url_encode` escapes, besides all that is not printable ASCII. */
const UNSAFE = /[^ -~]|[ "#%&+:;<=>?@[\\\]^`{|}]/gu;

export function urlEncode(value: string): string {
  return value.replace(UNSAFE, (character) => {
    let encoded = '';
    for (const byte of Buffer.from(character, 'utf8')) {
      encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    }
    return encoded;
  });
}

/**
 * As `event plain`, `uuid_dump` and the answer to `connect` write it: `Name: value` lines, an empty line, the
 * body.
 */
export function toPlain(event: FsEvent): string {
  let text = '';
  for (const [name, value] of event.headers) text += `${name}: ${urlEncode(value) || '_undef_'}\n`;
  if (event.body === null || event.body === '') return `${text}\n`;
  return `${text}Content-Length: ${Buffer.byteLength(event.body)}\n\n${event.body}`;
}

export function toJson(event: FsEvent): string {
  const object: Record<string, string> = Object.fromEntries(event.headers);
  if (event.body !== null) {
    object['Content-Length'] = String(Buffer.byteLength(event.body));
    object._body = event.body;
  }
  return JSON.stringify(object);
}

/** A header's value by its name in any case, as filters need it. */
export function headerOf(headers: EventHeaders, name: string): string | undefined {
  const exact = headers.get(name);
  if (exact !== undefined) return exact;
  const wanted = name.toLowerCase();
  for (const [key, value] of headers) if (key.toLowerCase() === wanted) return value;
  return undefined;
}
