/** A message that SIPp received. */
export interface SippMessage {
  /** When it came first, in epoch milliseconds by the callee's clock. */
  atMs: number;
  /** `INVITE`, or the status of a response. */
  method: string;
  callId: string;
  /** `CSeq` and the top `Via`'s branch: what tells a retransmission from a new request. */
  cseq: string;
  branch: string;
  /** Headers by name in lower case; what stands more than once is joined by `, `. */
  headers: Readonly<Record<string, string>>;
  /** The request line or status line. */
  startLine: string;
  body: string;
  /** How often it came: more than 1 with retransmissions. */
  times: number;
}

const ENTRY =
  /^-{20,} (?<day>\d{4}-\d\d-\d\d)[ \t]+(?<time>\S+)\n(?:UDP|TCP|TLS) message received \[\d+\] bytes ?:\n\n/;

/** Reads what `sipp -trace_msg` wrote. */
export function parseSippLog(text: string): SippMessage[] {
  const byTransaction = new Map<string, SippMessage>();
  for (const entry of text.split(/^(?=-{20,} \d{4}-)/m)) {
    const head = ENTRY.exec(entry);
    if (head === null) continue;
    // SIPp writes local time.
    const atMs = new Date(`${head.groups?.day}T${head.groups?.time}`).getTime();
    const message = { atMs, ...parseMessage(entry.replace(ENTRY, '')) };
    const key = `${message.method} ${message.callId} ${message.cseq} ${message.branch}`;
    const known = byTransaction.get(key);
    if (known === undefined) byTransaction.set(key, message);
    else known.times += 1;
  }
  return [...byTransaction.values()];
}

function parseMessage(text: string): Omit<SippMessage, 'atMs'> {
  const [head = '', ...bodyParts] = text.split(/\r?\n\r?\n/);
  const [startLine = '', ...lines] = head.split(/\r?\n/);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key !== '') headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  const [first = '', second = ''] = startLine.split(' ');
  return {
    method: first.startsWith('SIP/') ? second : first,
    callId: headers['call-id'] ?? '',
    cseq: headers.cseq ?? '',
    branch: /branch=([^;,\s]+)/.exec(headers.via ?? '')?.[1] ?? '',
    headers,
    startLine,
    body: bodyParts.join('\r\n\r\n').trim(),
    times: 1,
  };
}
