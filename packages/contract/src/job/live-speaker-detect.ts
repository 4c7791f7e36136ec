/**
 * When the time limit of live speaker detection starts. `DEFAULT` means `TIMEOUT_FROM_NETWORK_CONNECT`: at the
 * 200 OK. `TIMEOUT_FROM_ANSWER_DETECT`: when ringing tone that is heard after the 200 OK has stopped.
 */
export const LIVE_SPEAKER_DETECT_MODES = [
  'DEFAULT',
  'TIMEOUT_FROM_NETWORK_CONNECT',
  'TIMEOUT_FROM_ANSWER_DETECT',
] as const;
export type LiveSpeakerDetectMode = (typeof LIVE_SPEAKER_DETECT_MODES)[number];
