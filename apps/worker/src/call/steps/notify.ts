import { FINISHED, type StepFunction } from './step.js';

/** Publishes an event of the job's own: the report of the step carries it to those who record. A voice bot that runs is told. */
export const notify: StepFunction<'notify'> = async ({ name, data }, { bots }) => {
  bots.notify(name, data);
  return { ...FINISHED, data: { name, data } };
};
