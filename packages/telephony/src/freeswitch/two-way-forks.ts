/**
 * Whether the mod_audio_fork of a FreeSWITCH plays what comes back over a fork, which its usage tells. `ask` gives a command of its API
 * to it. It is asked with an argument: without any, the module ends FreeSWITCH by an assertion.
 */
export async function hasTwoWayForks(ask: (command: string) => Promise<string>): Promise<boolean> {
  const usage = await ask('uuid_audio_fork usage');
  return usage.includes('bidirectionalAudio_stream_samplerate');
}
