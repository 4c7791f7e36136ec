import { FINISHED, type StepFunction } from './step.js';

/** Publishes an event of the job's own: the report of the step carries it to those who record. */
export const notify: StepFunction<'notify'> = async ({ name, data }) => ({
  ...FINISHED,
  data: { name, data },
});
