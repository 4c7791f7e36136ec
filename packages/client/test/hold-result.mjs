// A consumer that takes one result and never gets done with it. Arguments: Redis' URL, the prefix.
import { CallResults } from '@outdial/client';

const [redis = '', prefix = ''] = process.argv.slice(2);
for await (const { jobId } of new CallResults({ redis, prefix, lockMs: 300 })) {
  process.send?.(jobId);
  await new Promise(() => setInterval(() => undefined, 1000));
}
