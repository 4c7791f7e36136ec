import {
  type CallResult,
  callResultSchema,
  describeIssues,
  type EndedRecord,
  endedQueueName,
  endedRecordSchema,
  toFieldIssues,
} from '@outdial/contract';
import { Outcomes, type OutcomesOptions, type ReadOutcome } from './outcomes.js';
import { checkResultsQueue } from './results-queue.js';

/** The results of the call jobs that name this results queue: one for each job, shared by all consumers. */
export class CallResults extends Outcomes<CallResult> {
  constructor(options: OutcomesOptions) {
    super(checkResultsQueue(options.resultsQueue), readerOf(callResultSchema), options);
  }
}

/** The ended records of the answered calls whose jobs name this results queue, shared by all consumers. */
export class CallEndedRecords extends Outcomes<EndedRecord> {
  constructor(options: OutcomesOptions) {
    super(endedQueueName(checkResultsQueue(options.resultsQueue)), readerOf(endedRecordSchema), options);
  }
}

/** Reads outcomes by one of the contract's schemas. */
function readerOf<T>(schema: typeof callResultSchema | typeof endedRecordSchema): ReadOutcome<T> {
  return (data) => {
    const parsed = schema.safeParse(data);
    if (parsed.success) return { outcome: parsed.data as T };
    return { problem: `breaks the contract: ${describeIssues(toFieldIssues(parsed.error, data))}` };
  };
}
