import {
  type CallResult,
  callResultSchema,
  ENDED_QUEUE,
  type EndedRecord,
  endedRecordSchema,
  RESULTS_QUEUE,
} from '@outdial/contract';
import { Outcomes, type OutcomesOptions } from './outcomes.js';

/** The results of call jobs: one a job, shared by all consumers. */
export class CallResults extends Outcomes<CallResult> {
  constructor(options: OutcomesOptions) {
    super(RESULTS_QUEUE, callResultSchema, options);
  }
}

/** The ended records of answered calls: one a call, shared by all consumers. */
export class CallEndedRecords extends Outcomes<EndedRecord> {
  constructor(options: OutcomesOptions) {
    super(ENDED_QUEUE, endedRecordSchema, options);
  }
}
