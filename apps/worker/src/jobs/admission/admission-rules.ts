import type { Ledger } from '@outdial/ledger';
import type { RetryOptions } from '../../redis/retry-until-written.js';
import type { Speech } from '../../speech/speech.js';
import type { AdmissionRule } from './admission-rule.js';
import { canRecord } from './can-record.js';
import { canSay } from './can-say.js';
import { historyKnown } from './history-known.js';
import { notExpired } from './not-expired.js';

/** Every rule that a job has to pass before it is dialled, in the order in which they are asked. */
export function admissionRules(
  services: RetryOptions & { ledger: Ledger; recordingsDirectory: string | null; speech: Speech | null },
): readonly AdmissionRule[] {
  return [
    historyKnown(services.ledger, services),
    notExpired,
    canRecord(services.recordingsDirectory),
    canSay(services.speech !== null),
  ];
}
