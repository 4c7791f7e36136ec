/** Who or what answered. `UNKNOWN`: not classified, or not in time. */
export const FAR_END_TYPES = ['LIVE', 'ANSWER_MACHINE', 'FAX_MACHINE', 'UNKNOWN'] as const;
export type FarEndType = (typeof FAR_END_TYPES)[number];
