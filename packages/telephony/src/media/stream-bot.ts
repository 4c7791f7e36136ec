import type { MediaStream } from '@outdial/media';
import type { Logger } from 'pino';
import type { Bot, BotOptions } from '../api.js';

/** What a bot is told of the call. */
export interface BotCall {
  callSid: string;
  accountSid: string;
}

/** What has voice bots: a session of the worker's own media, or the streams of an endpoint. */
export interface BotStreams {
  openStream(options: BotOptions): MediaStream;
}

/** A voice bot of a call. */
export function streamBot(streams: BotStreams, options: BotOptions, call: BotCall, logger: Logger): Bot {
  const stream = streams.openStream(options);
  stream.on('warning', (warning) =>
    logger.warn({ jobId: call.callSid, ...warning }, 'stream of a voice bot'),
  );
  return {
    connect: () => {
      stream.connect().catch(({ code, message }) => {
        logger.warn(
          { jobId: call.callSid, code, message },
          'a voice bot could not be connected ahead of its step',
        );
      });
    },
    start: async (customParameters) => {
      const result = await stream.start({ ...call, customParameters });
      if (result.outcome !== 'failed') {
        const { outcome, ...figures } = result;
        return { outcome, figures };
      }
      const { outcome, error, ...figures } = result;
      return { outcome, error, figures };
    },
    digit: (digit) => stream.digit(digit),
    tell: (event, values) => stream.tell(event, { [event]: values }),
    stop: () => void stream.stop(),
  };
}
