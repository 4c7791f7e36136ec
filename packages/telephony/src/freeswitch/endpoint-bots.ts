import type { ErrorCode } from '@outdial/contract';
import { FrameStreams, type StreamLimits } from '@outdial/media';
import type { Logger } from 'pino';
import type { Bot, BotEnd, BotOptions } from '../api.js';
import { type Deferred, deferred } from '../async/deferred.js';
import { streamBot } from '../media/stream-bot.js';
import type { EndpointForks, RunningFork } from './endpoint-forks.js';
import { PacedVoice } from './paced-voice.js';

/** What holds for the bots of all calls. */
export interface BotContext {
  accountSid: string;
  logger: Logger;
  limits: Partial<StreamLimits>;
}

/** The audio of a call's bots, both ways, while one of them runs. */
interface Talk {
  fork: RunningFork;
  voice: PacedVoice;
  /** FreeSWITCH has closed it. */
  lost: Deferred<string>;
}

/**
 * The voice bots of one endpoint: this process is connected to them, as it is on media of its own, and FreeSWITCH gives and
 * takes their audio by a fork that plays back.
 */
export class EndpointBots {
  readonly #forks: EndpointForks;
  readonly #streams: FrameStreams;
  readonly #isYielding: () => boolean;
  readonly #context: BotContext;
  #talk: Promise<Talk | { problem: string }> | null = null;
  /** Bots that use it: one that begins ends another. */
  #users = 0;
  readonly #over = deferred<void>();

  /** `isYielding`: something else is sent to the callee, for which a bot's words wait. */
  constructor(forks: EndpointForks, isYielding: () => boolean, context: BotContext) {
    this.#forks = forks;
    this.#isYielding = isYielding;
    this.#context = context;
    this.#streams = new FrameStreams(context.limits);
  }

  /** See `Media.openBot`. `problem`: why it will not do, or null. */
  open(options: BotOptions, callSid: string, problem: string | null): Bot {
    const { accountSid, logger } = this.#context;
    const bot = streamBot(this.#streams, options, { callSid, accountSid }, logger);
    const start = async (parameters: Record<string, string>): Promise<BotEnd> => {
      if (problem === null) return this.#run(bot, parameters);
      bot.stop();
      return failure('UNSUPPORTED_BY_MEDIA', problem, await bot.start(parameters));
    };
    return { ...bot, start };
  }

  /** The call is over. */
  close(): void {
    this.#over.resolve();
    this.#streams.close();
  }

  async #run(bot: Bot, parameters: Record<string, string>): Promise<BotEnd> {
    // At once: keys and events that come while FreeSWITCH connects are for it.
    const ending = bot.start(parameters);
    this.#users += 1;
    this.#talk ??= this.#begin();
    const talk = await this.#talk;
    try {
      const lost =
        'problem' in talk ? talk.problem : await Promise.race([talk.lost.promise, ending.then(() => null)]);
      if (lost !== null) {
        bot.stop();
        return failure('CALLEE_UNHEARD', lost, await ending);
      }
      const end = await ending;
      // What it has said was sent to FreeSWITCH, which plays it later.
      if (end.outcome === 'closed' && 'voice' in talk)
        await Promise.race([talk.voice.playedOut(), talk.lost.promise, this.#over.promise]);
      return end;
    } finally {
      this.#leave(talk);
    }
  }

  async #begin(): Promise<Talk | { problem: string }> {
    const lost = deferred<string>();
    const voice = new PacedVoice((frame) => {
      if (!this.#isYielding()) this.#streams.read(frame);
    });
    const fork = await this.#forks.talk(
      (pcm) => {
        this.#streams.heard(pcm);
        voice.tick(pcm.length);
      },
      (message) => {
        this.#talk = null;
        lost.resolve(message);
      },
    );
    if ('problem' in fork) {
      this.#talk = null;
      return fork;
    }
    voice.begin(fork);
    return { fork, voice, lost };
  }

  /** The last one ends it: what FreeSWITCH has not played is not heard. */
  #leave(talk: Talk | { problem: string }): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#talk = null;
    if ('fork' in talk) talk.fork.end();
  }
}

function failure(code: ErrorCode, message: string, { figures }: BotEnd): BotEnd {
  return { outcome: 'failed', error: { code, message }, figures };
}
