import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { frameClock } from '../../media/frame-clock.js';
import type { Core } from '../core.js';
import type { EventToFire } from '../event-socket/event-bus.js';
import type { AudioFork } from '../media/audio-fork.js';
import type { ChannelMedia } from '../media/channel-media.js';
import { DigitQueue } from '../media/digit-queue.js';
import { SessionRecorder } from '../media/session-recorder.js';
import { WriteStream } from '../media/write-stream.js';
import { execute } from './applications.js';
import { CALL_STATES, type CallState, type ChannelState, channelHeaders } from './channel-data.js';
import { CommandQueue } from './command-queue.js';
import { causeNamed, NORMAL_CLEARING, q850Of } from './hangup-causes.js';
import { Stay } from './stay.js';

export interface Caller {
  readonly name: string;
  readonly uri: string;
  readonly networkAddress: string;
  readonly destination: string;
}

/** Releases the signalling side of a channel. */
export interface Signalling {
  /** Sends BYE, or rejects the INVITE when it is not answered yet. */
  release(cause: string): void;
}

type Headers = NonNullable<EventToFire['headers']>;

/**
 * One FreeSWITCH session: its state and variables, the applications it runs, and its end. An application that
 * arrives while another runs is run within that one (so a second file interrupts the first, and `set` takes
 * effect at once), unless it asks for the event lock.
 */
export class Channel {
  readonly uuid = randomUUID();
  readonly name: string;
  readonly caller: Caller;
  readonly core: Core;
  readonly variables = new Map<string, string>();
  readonly times = { createdMs: Date.now(), answeredMs: 0, hungUpMs: 0 };
  readonly writeStream = new WriteStream();
  readonly digits = new DigitQueue();
  /** The running `record_session`s by path. */
  readonly recorders = new Map<string, SessionRecorder>();
  /** mod_audio_fork's media bugs by name. */
  readonly forks = new Map<string, AudioFork>();
  /** Ends the search for digits in the audio; null: there is none. */
  stopInBandDigits: (() => void) | null = null;
  /** Takes the digits that it receives while it is bridged; null: it keeps them. */
  passDigit: ((digit: string) => void) | null = null;
  /** Where it is: parked, bridged, or on its way. */
  readonly stay = new Stay();
  /** The commands of `sendmsg` that wait. */
  readonly commands = new CommandQueue(this);
  /** Of its caller profile. */
  dialplan: 'XML' | 'inline' = 'XML';
  /** Settles with the end of the event socket that controls it; null: none does any more. */
  controlled: Promise<void> | null = null;
  state: ChannelState = 'CS_NEW';
  runningState: ChannelState = 'CS_NEW';
  callState: CallState = 'DOWN';
  answerState: 'ringing' | 'answered' | 'hangup' = 'ringing';
  hangupCause: string | null = null;
  media: ChannelMedia | null = null;
  readonly #signalling: Signalling;
  readonly #down = new AbortController();
  readonly #over: Promise<void>;
  #settleOver = (): void => {};
  readonly #running = new Set<Promise<void>>();
  #stopClock: (() => void) | null = null;

  constructor(core: Core, caller: Caller, signalling: Signalling) {
    this.core = core;
    this.caller = caller;
    this.#signalling = signalling;
    this.#over = new Promise((resolve) => {
      this.#settleOver = resolve;
    });
    this.name = `sofia/drachtio_mrf/${caller.uri}`;
    core.channels.set(this.uuid, this);
    this.variables.set('direction', 'inbound').set('uuid', this.uuid).set('channel_name', this.name);
    this.variables.set('session_id', String(core.limits.sinceStartup)).set('call_uuid', this.uuid);
  }

  /** Aborted as soon as the channel is hung up. */
  get down(): AbortSignal {
    return this.#down.signal;
  }

  get isDown(): boolean {
    return this.hangupCause !== null;
  }

  /** Resolves when the channel has been hung up and everything of it has been released. */
  get over(): Promise<void> {
    return this.#over;
  }

  get codecName(): string | null {
    return this.media?.codecName ?? null;
  }

  /** Answers: media flows, and commands are polled every 20 ms, between two frames. */
  answer(media: ChannelMedia): void {
    this.media = media;
    this.times.answeredMs = Date.now();
    this.answerState = 'answered';
    this.fire('CHANNEL_ANSWER');
    this.changeCallState('ACTIVE');
    media.session.on('digit', (digit) => this.receiveDigit(digit, 'RTP'));
    this.#stopClock = frameClock.start(() => this.#tick(media));
  }

  receiveDigit(digit: string, source: 'RTP' | 'INBAND_AUDIO'): void {
    if (this.passDigit === null) this.digits.push(digit);
    else this.passDigit(digit);
    this.fire('DTMF', [
      ['DTMF-Digit', digit],
      ['DTMF-Source', source],
    ]);
  }

  changeState(state: ChannelState): void {
    this.state = state;
    this.runningState = state;
    this.fire('CHANNEL_STATE');
  }

  changeCallState(callState: CallState): void {
    if (callState === this.callState) return;
    const original = this.callState;
    this.callState = callState;
    this.fire('CHANNEL_CALLSTATE', [
      ['Original-Channel-Call-State', original],
      ['Channel-Call-State-Number', String(CALL_STATES[callState])],
    ]);
  }

  fire(name: string, extra: Headers = []): void {
    this.core.events.fire(name, null, () => ({ headers: [...channelHeaders(this), ...extra] }));
  }

  fireCustom(subclass: string, body: string | null): void {
    this.core.events.fire('CUSTOM', subclass, () => ({ headers: channelHeaders(this), body }));
  }

  /** Waits, but not beyond the channel's hang-up. */
  async pause(milliseconds: number): Promise<void> {
    await setTimeout(milliseconds, undefined, { signal: this.down }).catch(() => {});
  }

  /** Replaces `${name}` by the variable's value, as every application's argument is. */
  expand(text: string): string {
    return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => this.variables.get(name) ?? '');
  }

  setVariable(name: string, value: string | null): void {
    if (value === null || value === '') this.variables.delete(name);
    else this.variables.set(name, value);
  }

  /**
   * Interrupts what it plays and where it stays (CF_TRANSFER). Returns the signal that ends what comes now: that begins once no
   * application runs (`settle`).
   */
  moveOn(): AbortSignal {
    const next = this.stay.moveOn();
    this.writeStream.interrupt();
    return next;
  }

  /** Resolves when no application runs. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Waits until no application runs, then hangs up, as at the end of the dialplan. */
  async endDialplan(): Promise<void> {
    await this.settle();
    this.hangUp(NORMAL_CLEARING);
  }

  /** Hangs up, once. Running applications are ended first, then the leg is released. */
  hangUp(cause: string, isReleased = false): void {
    if (this.isDown) return;
    this.hangupCause = causeNamed(cause);
    this.state = 'CS_HANGUP';
    this.answerState = 'hangup';
    this.times.hungUpMs = Date.now();
    this.fire('CHANNEL_HANGUP');
    this.#down.abort();
    this.writeStream.close();
    this.commands.clear();
    void this.#tearDown(isReleased);
  }

  /** Releases everything at once without signalling or events, as when FreeSWITCH is killed. */
  abandon(): void {
    this.hangupCause ??= 'CRASH';
    this.core.channels.delete(this.uuid);
    this.#down.abort();
    this.writeStream.close();
    this.#stopClock?.();
    for (const attached of [...this.forks.values(), ...this.recorders.values()]) attached.abandon();
    this.media?.close();
    this.#settleOver();
  }

  /** Runs an application; the hang-up waits for its end. */
  run(application: string, argument: string | undefined, uuid: string = randomUUID()): Promise<void> {
    const done = execute(this, application, argument, uuid).finally(() => this.#running.delete(done));
    this.#running.add(done);
    return done;
  }

  async #tearDown(isReleased: boolean): Promise<void> {
    // One turn later: when an application hangs up the channel, that application completes first.
    do await Promise.allSettled(this.#running);
    while (this.#running.size > 0);
    // Killed meanwhile: no signalling and no events.
    if (!this.core.channels.has(this.uuid)) return;
    const cause = this.hangupCause ?? NORMAL_CLEARING;
    for (const fork of this.forks.values()) fork.stop(null);
    await SessionRecorder.stop(this, 'all').catch(() => {});
    this.forks.clear();
    this.variables.set('hangup_cause', cause).set('hangup_cause_q850', String(q850Of(cause)));
    this.changeState('CS_HANGUP');
    this.changeCallState('HANGUP');
    if (!isReleased) this.#signalling.release(cause);
    this.#stopClock?.();
    this.media?.close();
    this.changeState('CS_REPORTING');
    this.fire('CHANNEL_HANGUP_COMPLETE');
    this.core.channels.delete(this.uuid);
    this.fire('CHANNEL_DESTROY');
    this.changeState('CS_DESTROY');
    this.#settleOver();
  }

  #tick(media: ChannelMedia): void {
    // What is played advances even while no RTP is sent.
    if (!media.isSending && this.core.rtpTimer === 'soft') media.skipFrame();
    this.commands.run();
  }
}
