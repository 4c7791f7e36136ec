export * from './api.js';
export * from './configuration.js';
export type { RegistrationStatus } from './drachtio/registration.js';
export { hasTwoWayForks } from './freeswitch/two-way-forks.js';
export { isPrivateAddress } from './probe/private-address.js';
export { probeRtp, type RtpProbe } from './probe/rtp-probe.js';
export { probeTrunks, type TrunkProbe, type TrunkProblem } from './probe/trunk-probe.js';
export * from './sip/cause.js';
export { Telephony, type TelephonyOptions } from './telephony.js';
