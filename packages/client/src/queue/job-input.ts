import {
  type CallJob,
  type CallJobInput,
  type CountryCode,
  callJobSchema,
  countrySchema,
  DEFAULTS,
  newJobId,
  OutdialError,
  type PhoneNumberOptions,
  parseCallJob,
} from '@outdial/contract';

/** Returns a country code in capital letters. Throws `INVALID_CONFIGURATION` for what is none. */
export function checkCountry(country: string | undefined): CountryCode | undefined {
  if (country === undefined) return undefined;
  const parsed = countrySchema.safeParse(country);
  if (parsed.success) return parsed.data;
  const message = parsed.error.issues[0]?.message ?? 'invalid';
  throw new OutdialError(
    'INVALID_CONFIGURATION',
    `defaultCountry: ${message} (got ${JSON.stringify(country)})`,
    {
      issues: [{ path: 'defaultCountry', message, value: country }],
    },
  );
}

/** Checks one input and fills in its defaults, an id among them; throws `INVALID_JOB`. */
export function checkJob(input: CallJobInput, numbers: PhoneNumberOptions = {}): CallJob {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return parseCallJob(isObject ? { ...input, id: input.id ?? newJobId() } : input, numbers);
}

/** Checks all inputs; throws `INVALID_JOB` for the first bad one, whose place starts each issue's path. */
export function checkJobs(inputs: readonly CallJobInput[], numbers: PhoneNumberOptions = {}): CallJob[] {
  return inputs.map((input, index) => {
    try {
      return checkJob(input, numbers);
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
): Pick<CallJob, 'id' | 'callTo' | 'lane' | 'metadata'> &
  Partial<Pick<CallJob, 'callFrom' | 'label' | 'resultsQueue' | 'traceContext'>> {
  const parsed = callJobSchema.safeParse(data);
  if (parsed.success) return { ...parsed.data, id };
  const { callTo } = (data ?? {}) as { callTo?: unknown };
  return { id, callTo: typeof callTo === 'string' ? callTo : '', lane: DEFAULTS.lane, metadata: {} };
}
