import { FINISHED, type StepFunction } from './step.js';

/** Ends the plan, and with it the call. */
export const hangUp: StepFunction<'hangUp'> = async () => ({ ...FINISHED, goesOn: false });
