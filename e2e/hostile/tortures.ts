import { ANSWERS } from './tortures/answers.js';
import { ODD_RESPONSES } from './tortures/odd-responses.js';
import { PROVISIONAL_RESPONSES } from './tortures/provisional-responses.js';
import { REQUESTS } from './tortures/requests.js';
import { SESSION_DESCRIPTIONS } from './tortures/session-descriptions.js';
import type { Torture } from './tortures/torture.js';
import { UNREADABLE_RESPONSES } from './tortures/unreadable-responses.js';

export const TORTURES: readonly Torture[] = [
  ...ODD_RESPONSES,
  ...UNREADABLE_RESPONSES,
  ...PROVISIONAL_RESPONSES,
  ...ANSWERS,
  ...SESSION_DESCRIPTIONS,
  ...REQUESTS,
];
