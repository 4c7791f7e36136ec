export { type DatagramKind, PLAIN_KINDS, securedKinds } from './datagrams.js';
export { DESCRIPTION_KINDS, type DescriptionKind } from './descriptions.js';
export { SeededRandom } from './random.js';
