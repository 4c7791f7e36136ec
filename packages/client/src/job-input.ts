import {
  type CallJob,
  type CallJobInput,
  callJobSchema,
  DEFAULTS,
  newJobId,
  OutdialError,
  parseCallJob,
} from '@outdial/contract';

/** Checks one input and fills in its defaults, an id among them; throws `INVALID_JOB`. */
export function checkJob(input: CallJobInput): CallJob {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return parseCallJob(isObject ? { ...input, id: input.id ?? newJobId() } : input);
}

/** Checks all inputs; throws `INVALID_JOB` for the first bad one, whose place starts each issue's path. */
export function checkJobs(inputs: readonly CallJobInput[]): CallJob[] {
  return inputs.map((input, index) => {
    try {
      return checkJob(input);
    } catch (error) {
      if (!(error instanceof OutdialError)) throw error;
      throw new OutdialError(error.code, `jobs[${index}]: ${error.message}`, {
        issues: error.issues.map((issue) => ({
          ...issue,
          path: issue.path === '' ? String(index) : `${index}.${issue.path}`,
        })),
        cause: error,
      });
    }
  });
}

/** What can be said of a queued job that may never have been checked: it need not have come through `add`. */
export function describeJob(
  id: string,
  data: unknown,
): Pick<CallJob, 'id' | 'callTo' | 'lane' | 'metadata'> & { callFrom?: string | undefined } {
  const parsed = callJobSchema.safeParse(data);
  if (parsed.success) return { ...parsed.data, id };
  const { callTo } = (data ?? {}) as { callTo?: unknown };
  return { id, callTo: typeof callTo === 'string' ? callTo : '', lane: DEFAULTS.lane, metadata: {} };
}
