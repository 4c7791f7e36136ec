import { eventsKey, ledgerKeys } from '@outdial/contract';
import { toEntry } from '@outdial/ledger';
import type { AuditContext } from '../context.js';
import { unlessWrongType } from '../read/snapshot.js';
import { formatDuration, type Suspicion } from '../scan/suspicion.js';

const PAGE = 1000;

/** The latest call that was made for a job. */
interface Call {
  callId: string;
  at: number;
}

/**
 * Searches the stream of events, as far back as it is kept, for jobs with calls of two Call-IDs: each `calling` event stands
 * for an INVITE that left. A job whose id is used again after its retention is another job.
 */
export async function findDialledTwice(
  context: AuditContext,
): Promise<{ events: number; suspicions: Suspicion[] }> {
  const { access, prefix, retention } = context;
  const calls = new Map<string, Call>();
  const suspicions: Suspicion[] = [];
  let events = 0;
  for (let after = '-'; ; ) {
    const entries = await access.request('audit', (client) =>
      unlessWrongType(client.xrange(eventsKey(prefix), after, '+', 'COUNT', PAGE), []),
    );
    for (const [id, fields] of entries) {
      after = `(${id}`;
      events += 1;
      const calling = readCalling(fields);
      if (calling === null) continue;
      const { jobId, ...call } = calling;
      const former = calls.get(jobId);
      calls.set(jobId, call);
      if (former === undefined || former.callId === call.callId) continue;
      if (!retention.isRecent(former.at, call.at)) continue;
      const seen = `it was dialled with Call-ID ${former.callId}, and ${formatDuration(call.at - former.at)} later with ${call.callId}`;
      const lane = await laneOf(jobId, context);
      if (!context.isAudited(lane)) continue;
      suspicions.push({ jobId, lane, code: 'DIALLED_TWICE', seen, since: call.at, mark: call.callId });
    }
    if (entries.length < PAGE) return { events, suspicions };
  }
}

/** The lane of a job by its entry; events do not name it. */
async function laneOf(jobId: string, { access, prefix }: AuditContext): Promise<string | null> {
  const hash = await access.request('audit', (client) =>
    unlessWrongType(client.hgetall(ledgerKeys(prefix).call(jobId)), {}),
  );
  try {
    const entry = toEntry(jobId, hash);
    return entry?.result?.lane ?? entry?.job?.lane ?? null;
  } catch {
    // An unreadable entry is a finding of its own, made where entries are checked.
    return null;
  }
}

function readCalling(fields: readonly string[]): (Call & { jobId: string }) | null {
  const json = fields[fields.indexOf('event') + 1] ?? '';
  if (!json.includes('"calling"')) return null;
  try {
    const { type, jobId, callId, at } = JSON.parse(json) as Record<string, unknown>;
    if (type !== 'calling' || typeof jobId !== 'string' || typeof callId !== 'string') return null;
    return { jobId, callId, at: typeof at === 'number' ? at : 0 };
  } catch {
    return null;
  }
}
