import type { MediaServer } from './fsmrf-types.js';

/**
 * Whether its mod_audio_fork plays what comes back over a fork, which its usage tells. It is asked with an argument: without any,
 * the module ends FreeSWITCH by an assertion.
 */
export async function hasTwoWayForks(mediaServer: Pick<MediaServer, 'api'>): Promise<boolean> {
  const usage = await mediaServer.api('uuid_audio_fork usage');
  return usage.includes('bidirectionalAudio_stream_samplerate');
}
