import { eventsKey } from '@outdial/contract';
import { ledgerKeys, toEntry } from '@outdial/ledger';
import type { Scene } from './scene.js';
import { unlessWrongType } from './snapshot.js';
import { lasting, type Suspicion } from './suspicion.js';

const PAGE = 1000;

/** What is known of the last call that was made for a job. */
interface Call {
  callId: string;
  at: number;
}

/**
 * Goes through the stream of events, as far as it is kept, for jobs with calls of two Call-IDs: each `calling` tells of an
 * INVITE that left. A job whose id is used again after its retention is another job.
 */
export async function findDialledTwice(scene: Scene): Promise<{ events: number; suspicions: Suspicion[] }> {
  const { access, prefix, retention } = scene;
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
      const seen = `it was dialled with Call-ID ${former.callId}, and ${lasting(call.at - former.at)} later with ${call.callId}`;
      const lane = await laneOf(jobId, scene);
      if (!scene.isAudited(lane)) continue;
      suspicions.push({ jobId, lane, code: 'DIALLED_TWICE', seen, since: call.at, mark: call.callId });
    }
    if (entries.length < PAGE) return { events, suspicions };
  }
}

/** As the job's entry has it; events do not tell. */
async function laneOf(jobId: string, { access, prefix }: Scene): Promise<string | null> {
  const hash = await access.request('audit', (client) =>
    unlessWrongType(client.hgetall(ledgerKeys(prefix).call(jobId)), {}),
  );
  try {
    const entry = toEntry(jobId, hash);
    return entry?.result?.lane ?? entry?.job?.lane ?? null;
  } catch {
    // What cannot be read is told of where the entry itself is looked at.
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
