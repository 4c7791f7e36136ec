import type { AudioSource } from '../../media/audio-source.js';
import { SAMPLE_RATE } from '../../media/frame-clock.js';
import type { ChannelMedia } from './channel-media.js';

/** What has not been sent after that is dropped: the far end's clock is faster, or this process was held up. */
const BUFFER_SAMPLES = SAMPLE_RATE / 5;

/** What one channel receives, for the channel that it is bridged with to send; silence while nothing comes. */
export class BridgeAudio implements AudioSource {
  readonly #media: ChannelMedia;
  #buffer: number[] = [];
  readonly #take = (pcm: Int16Array): void => {
    if (this.#media.readStream.isMuted) return;
    this.#buffer.push(...pcm);
    this.#buffer.splice(0, this.#buffer.length - BUFFER_SAMPLES);
  };

  constructor(media: ChannelMedia) {
    this.#media = media;
    media.session.on('frame', this.#take);
  }

  next(samples: number): Int16Array {
    const frame = new Int16Array(samples);
    frame.set(this.#buffer.splice(0, samples));
    return frame;
  }

  close(): void {
    this.#media.session.off('frame', this.#take);
  }
}
