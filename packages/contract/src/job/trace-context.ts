import { z } from 'zod';

/** A member of `tracestate`: a vendor's key, and its value (W3C Trace Context, section 3.3.1.3). */
const MEMBER =
  /^[a-z0-9][a-z0-9_\-*/]{0,255}(?:@[a-z][a-z0-9_\-*/]{0,13})?=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MEMBERS_MAX = 32;

/** zod: the place of a job in a distributed trace, in the form of W3C Trace Context (https://www.w3.org/TR/trace-context/). */
export const traceContextSchema = z.strictObject({
  /** Version `00`, trace id, id of the parent span, and flags, in lower-case hexadecimal. */
  traceparent: z
    .string()
    .regex(
      /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/,
      'is a traceparent of version 00: 00-TRACE-PARENT-FLAGS, with ids that are not all zeros',
    ),
  /** What tracing systems add for themselves; at most 512 characters and 32 members. */
  tracestate: z
    .string()
    .max(512)
    .refine(isTraceState, 'is a list of KEY=VALUE, separated by commas')
    .optional(),
});
export type TraceContext = z.infer<typeof traceContextSchema>;

/** The headers, of a request of HTTP or SIP, that tell of a trace; none where there is none. */
export function traceHeaders(traceContext: TraceContext | undefined): Record<string, string> {
  if (traceContext === undefined) return {};
  const { traceparent, tracestate } = traceContext;
  return { traceparent, ...(tracestate !== undefined && { tracestate }) };
}

function isTraceState(text: string): boolean {
  const members = text.split(',').map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''));
  return members.length <= MEMBERS_MAX && members.every((member) => member === '' || MEMBER.test(member));
}
