import { DtmfReader } from '../../media/dtmf-tones.js';
import type { Channel } from '../channel/channel.js';

/**
 * `start_dtmf`: finds digits in the channel's received audio (switch_ivr_inband_dtmf_session), until `stop_dtmf` or the
 * hang-up. A second `start_dtmf` has no effect.
 */
export function startInBandDigits(channel: Channel): void {
  const { media } = channel;
  if (media === null || channel.stopInBandDigits !== null) return;
  const reader = new DtmfReader();
  channel.stopInBandDigits = media.readStream.subscribe((pcm) => {
    for (const digit of reader.read(pcm)) channel.receiveDigit(digit, 'INBAND_AUDIO');
  });
}

export function stopInBandDigits(channel: Channel): void {
  channel.stopInBandDigits?.();
  channel.stopInBandDigits = null;
}
