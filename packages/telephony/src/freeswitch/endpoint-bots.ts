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

/** The way between a call's bots and FreeSWITCH. */
interface Way {
  fork: RunningFork;
  voice: PacedVoice;
  /** FreeSWITCH has closed it. */
  lost: Deferred<string>;
}

/** A way that is being made, or is there, and how many bots use it: one that begins ends another. */
interface Talk {
  way: Promise<Way | { problem: string }>;
  users: number;
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
  #talk: Talk | null = null;
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
    this.#talk ??= { way: this.#connect(), users: 0 };
    const talk = this.#talk;
    talk.users += 1;
    const lost = talk.way.then((way) => ('problem' in way ? way.problem : way.lost.promise));
    try {
      const problem = await Promise.race([lost, ending.then(() => null)]);
      if (problem !== null) {
        bot.stop();
        return failure('CALLEE_UNHEARD', problem, await ending);
      }
      const end = await ending;
      if (end.outcome === 'closed') {
        // What it has said was sent to FreeSWITCH, which plays it later.
        const played = talk.way.then((way) => ('voice' in way ? way.voice.playedOut() : undefined));
        await Promise.race([played, lost, this.#over.promise]);
      }
      return end;
    } finally {
      talk.users -= 1;
      if (talk.users === 0) this.#end(talk);
    }
  }

  async #connect(): Promise<Way | { problem: string }> {
    const lost = deferred<string>();
    const voice = new PacedVoice((frame) => {
      if (!this.#isYielding()) this.#streams.read(frame);
    });
    const onFrame = (pcm: Int16Array) => {
      this.#streams.heard(pcm);
      voice.tick(pcm.length);
    };
    const fork = await this.#forks.talk(onFrame, lost.resolve);
    if ('problem' in fork) return fork;
    voice.begin(fork);
    return { fork, voice, lost };
  }

  /** What FreeSWITCH has not played is not heard. */
  #end(talk: Talk): void {
    if (this.#talk === talk) this.#talk = null;
    void talk.way.then((way) => 'fork' in way && way.fork.end());
  }
}

function failure(code: ErrorCode, message: string, { figures }: BotEnd): BotEnd {
  return { outcome: 'failed', error: { code, message }, figures };
}
