import { lookup } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import type { CallQuality, EarlyMedia, WaitOutcome, WaitParameters } from '@outdial/contract';
import type { MediaError, MediaSession as RtpSession, SessionEvents, SrtpKey } from '@outdial/media';
import type { Logger } from 'pino';
import type {
  Bot,
  BotOptions,
  DetectionTerms,
  DetectorWords,
  DigitTiming,
  EarlyMediaListener,
  LegRecording,
  PlayEnd,
  RecordedSides,
  RecordingEnd,
  SendEnd,
} from '../api.js';

import type { SrtpPolicy } from '../configuration.js';
import { newKeys } from '../sdp/crypto.js';
import { agreeOn, offerOf, type WorkerCodec } from '../sdp/worker-description.js';
import type { Media } from './media.js';
import { streamBot } from './stream-bot.js';

/** What all sessions of a maker share. */
export interface WorkerMediaContext {
  accountSid: string;
  logger: Logger;
}

/** Media of the worker's own: a session in a media thread, with sockets and a detector of its own. */
export class WorkerMedia implements Media {
  readonly server = null;
  readonly endpointUuid = null;
  readonly hearsEarlyMedia = true;
  readonly hearing: DetectorWords;
  /** For its maker, and for media that it is bridged with. */
  readonly session: RtpSession;
  readonly #codecs: readonly WorkerCodec[];
  readonly #context: WorkerMediaContext;
  #offer: string;
  /** Of what we send, one a suite; none without SRTP. */
  #keys: readonly SrtpKey[] = [];
  #onLost: () => void = () => undefined;
  #onDigit: (digit: string) => void = () => undefined;

  constructor(session: RtpSession, codecs: readonly WorkerCodec[], context: WorkerMediaContext) {
    this.session = session;
    this.#context = context;
    this.#codecs = codecs;
    this.#offer = offerOf(session.local, codecs, { srtp: 'off', keys: [] });
    this.hearing = new SessionDetector(session);
    session.on('lost', () => this.#onLost());
    session.on('digit', ({ digit }) => this.#onDigit(digit));
  }

  get offer(): string {
    return this.#offer;
  }

  protect(srtp: SrtpPolicy): void {
    if (srtp === 'off' && this.#keys.length === 0) return;
    this.#keys = srtp === 'off' ? [] : newKeys();
    this.#offer = offerOf(this.session.local, this.#codecs, { srtp, keys: this.#keys });
  }

  get isLost(): boolean {
    return this.session.isLost;
  }

  /** Its sockets serve this call alone. */
  markUsed(): void {}

  answered(): void {
    this.session.answered().catch(ignore);
  }

  async connect(remoteSdp: string): Promise<string> {
    const { local } = this.session;
    const { remote, answer } = agreeOn(remoteSdp, local, this.#codecs, this.#keys);
    const family = isIPv6(local.address) ? 6 : 4;
    const address = isIP(remote.address) === 0 ? await resolve(remote.address, family) : remote.address;
    if (isIP(address) !== family)
      throw new Error(`its audio is at ${address}, and the worker's is IPv${family}`);
    await this.session.setRemote({ ...remote, address });
    return answer;
  }

  async play(source: string): Promise<PlayEnd> {
    const { outcome, ...played } = await this.session.play(source);
    if (!('error' in played)) return { outcome: outcome === 'stopped' ? 'stopped' : 'finished' };
    if (this.#isOver(played.error.code)) return { outcome: 'stopped' };
    return { outcome: 'failed', message: `${played.error.message} (${played.error.code})` };
  }

  async bridge(other: Media): Promise<void> {
    if (!(other instanceof WorkerMedia)) throw new Error('media of another maker cannot be bridged with');
    await this.session.bridge(other.session);
  }

  unbridge(): void {
    this.session.unbridge().catch(ignore);
  }

  stopPlaying(): void {
    this.session.stopPlaying().catch(ignore);
  }

  async record(path: string, sides: RecordedSides): Promise<LegRecording | { problem: string }> {
    const session = this.session;
    const ended = new Promise<RecordingEnd>((resolve) => {
      session.on('recorded', (result) => {
        const problem = result.outcome === 'failed' ? result.error.message : null;
        if (result.path === path) resolve({ durationMs: result.durationMs, problem });
      });
      session.on('lost', ({ message }) => resolve({ durationMs: null, problem: message }));
    });
    try {
      await session.record(path, { sides });
    } catch (error) {
      return { problem: (error as Error).message };
    }
    return {
      ended,
      stop: () => void session.stopRecording(path).catch(ignore),
      pause: () => void session.pauseRecording(path).catch(ignore),
      resume: () => void session.resumeRecording(path).catch(ignore),
    };
  }

  async sendDigit(digit: string, timing: DigitTiming): Promise<SendEnd> {
    try {
      await this.session.sendDigits(digit, timing);
      return { outcome: 'finished' };
    } catch (error) {
      const { code, message } = error as MediaError;
      return this.#isOver(code)
        ? { outcome: 'stopped' }
        : { outcome: 'failed', message: `${message} (${code})` };
    }
  }

  openBot(options: BotOptions, callSid: string): Bot {
    const { accountSid, logger } = this.#context;
    return streamBot(this.session, options, { callSid, accountSid }, logger);
  }

  onDigit(listener: (digit: string) => void): void {
    this.#onDigit = listener;
  }

  async packetsReceived(): Promise<number | null> {
    try {
      return (await this.session.quality()).packetsReceived;
    } catch {
      return null;
    }
  }

  earlyMedia(): Promise<EarlyMedia | null> {
    return this.session.earlyMedia().catch(() => null);
  }

  async quality(): Promise<CallQuality> {
    // Of a session that is over, closing it again gives the last figures.
    const { packetsReceived, packetsSent, packetsLost, jitterMs, roundTripMs, mos } = await this.session
      .quality()
      .catch(() => this.session.close());
    return { packetsReceived, packetsSent, packetsLost, jitterMs, roundTripMs, mos };
  }

  onLost(listener: () => void): void {
    this.#onLost = listener;
  }

  async release(): Promise<void> {
    this.#onLost = () => undefined;
    await this.session.close();
  }

  #isOver(code: string): boolean {
    return code === 'MEDIA_LOST' || code === 'SESSION_CLOSED';
  }
}

/** The detector of a session. */
class SessionDetector implements DetectorWords {
  readonly gives = 'words';
  readonly #session: RtpSession;
  #isSpeaking = false;
  #onVerdict: ((...heard: SessionEvents['verdict']) => void) | null = null;

  constructor(session: RtpSession) {
    this.#session = session;
    session.on('speech', ({ isSpeaking }) => {
      this.#isSpeaking = isSpeaking;
    });
  }

  hearEarly({ onTone, onMailbox }: EarlyMediaListener): void {
    this.#session.on('networkTone', onTone);
    this.#session.on('mailbox', onMailbox);
  }

  measure(seconds: number, onHeard: Parameters<DetectorWords['measure']>[1]): void {
    this.#session.on('heard', onHeard);
    this.#session.measure(seconds).catch(ignore);
  }

  detect(terms: DetectionTerms, onVerdict: Parameters<DetectorWords['detect']>[1]): void {
    this.stop();
    this.#onVerdict = ({ verdict, isRevised, lostMs }) => onVerdict(verdict, isRevised, lostMs);
    this.#session.on('verdict', this.#onVerdict);
    // The loss of the media is told by the leg.
    this.#session.listen(terms).catch(ignore);
  }

  async waitForAnswerMachine(parameters: WaitParameters): Promise<WaitOutcome | null> {
    return this.#session.waitForAnswerMachine(parameters).catch(() => null);
  }

  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  onSpeech(listener: (isSpeaking: boolean) => void): () => void {
    const onSpeech = ({ isSpeaking }: SessionEvents['speech'][0]) => listener(isSpeaking);
    this.#session.on('speech', onSpeech);
    this.#session.hear().catch(ignore);
    return () => void this.#session.off('speech', onSpeech);
  }

  stop(): void {
    if (this.#onVerdict !== null) this.#session.off('verdict', this.#onVerdict);
    this.#onVerdict = null;
  }
}

async function resolve(host: string, family: 4 | 6): Promise<string> {
  return (await lookup(host, { family })).address;
}

/** Of a command that came after the end of the session, or of its thread. */
function ignore(): void {}
