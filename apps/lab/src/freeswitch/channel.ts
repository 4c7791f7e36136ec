import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { frameClock } from '../media/frame-clock.js';
import { execute } from './applications.js';
import type { AudioFork } from './audio-fork.js';
import { CALL_STATES, type CallState, type ChannelState, channelHeaders } from './channel-data.js';
import type { SocketCommand } from './command-reader.js';
import type { Core } from './core.js';
import type { EventToFire } from './event-bus.js';
import { causeNamed, NORMAL_CLEARING, q850Of } from './hangup-causes.js';
import type { LegMedia } from './leg-media.js';
import { Mouth } from './mouth.js';

export interface Caller {
  readonly name: string;
  readonly uri: string;
  readonly networkAddress: string;
  readonly destination: string;
}

/** How the signalling side of a channel is let go. */
export interface Signalling {
  /** Sends BYE, or refuses the INVITE that is not answered yet. */
  release(cause: string): void;
}

type Headers = NonNullable<EventToFire['headers']>;

/**
 * One session of FreeSWITCH's: its state and variables, the applications it runs, and its end. An application that
 * comes while another runs is run within that one (so a second file is played first, and `set` waits for nobody),
 * unless it asked for the event lock.
 */
export class Channel {
  readonly uuid = randomUUID();
  readonly name: string;
  readonly caller: Caller;
  readonly core: Core;
  readonly variables = new Map<string, string>();
  readonly times = { createdMs: Date.now(), answeredMs: 0, hungUpMs: 0 };
  readonly mouth = new Mouth();
  /** mod_audio_fork's media bugs by name. */
  readonly forks = new Map<string, AudioFork>();
  state: ChannelState = 'CS_NEW';
  runningState: ChannelState = 'CS_NEW';
  callState: CallState = 'DOWN';
  answerState: 'ringing' | 'answered' | 'hangup' = 'ringing';
  hangupCause: string | null = null;
  media: LegMedia | null = null;
  readonly #signalling: Signalling;
  readonly #down = new AbortController();
  readonly #over: Promise<void>;
  #settleOver = (): void => {};
  readonly #running = new Set<Promise<void>>();
  #commands: SocketCommand[] = [];
  #isLocked = false;
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

  /** Resolves when the channel has been hung up and nothing of it is left. */
  get over(): Promise<void> {
    return this.#over;
  }

  get codecName(): string | null {
    return this.media?.codecName ?? null;
  }

  /** Answered: media flows, and commands are polled every 20 ms, between two frames. */
  answer(media: LegMedia): void {
    this.media = media;
    this.times.answeredMs = Date.now();
    this.answerState = 'answered';
    this.fire('CHANNEL_ANSWER');
    this.changeCallState('ACTIVE');
    this.#stopClock = frameClock.start(() => this.#tick(media));
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

  /** Waits, but not beyond the channel's end. */
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

  /** Queues what `sendmsg` brought. */
  queue(command: SocketCommand): void {
    this.#commands.push(command);
  }

  forgetCommands(): void {
    this.#commands = [];
  }

  /** Waits until no application runs, then hangs up: what becomes of a channel whose dialplan is at its end. */
  async endDialplan(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    this.hangUp(NORMAL_CLEARING);
  }

  /** Hangs up; once. Applications in progress are ended first, then the leg is released. */
  hangUp(cause: string, isReleased = false): void {
    if (this.isDown) return;
    this.hangupCause = causeNamed(cause);
    this.state = 'CS_HANGUP';
    this.answerState = 'hangup';
    this.times.hungUpMs = Date.now();
    this.fire('CHANNEL_HANGUP');
    this.#down.abort();
    this.mouth.close();
    this.forgetCommands();
    void this.#takeDown(isReleased);
  }

  /** Lets go of everything at once and tells nobody: FreeSWITCH is dead. */
  abandon(): void {
    this.hangupCause ??= 'CRASH';
    this.core.channels.delete(this.uuid);
    this.#down.abort();
    this.mouth.close();
    this.#stopClock?.();
    for (const fork of this.forks.values()) fork.abandon();
    this.media?.close();
    this.#settleOver();
  }

  /** Runs an application as part of this channel's life, so that its end is waited for. */
  run(application: string, argument: string | undefined, uuid: string = randomUUID()): Promise<void> {
    const done = execute(this, application, argument, uuid).finally(() => this.#running.delete(done));
    this.#running.add(done);
    return done;
  }

  async #takeDown(isReleased: boolean): Promise<void> {
    // Looked at a turn later: it may be an application that hangs up, and that one is to be complete first.
    do await Promise.allSettled(this.#running);
    while (this.#running.size > 0);
    // Killed meanwhile: nobody is to hear of it.
    if (!this.core.channels.has(this.uuid)) return;
    const cause = this.hangupCause ?? NORMAL_CLEARING;
    for (const fork of this.forks.values()) fork.stop(null);
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

  #tick(media: LegMedia): void {
    // With nobody to send to, time goes on for what is played all the same.
    if (!media.isSending) media.skipFrame();
    while (this.#commands.length > 0 && !this.#isLocked && !this.isDown) {
      const command = this.#commands.shift();
      if (command !== undefined) this.#obey(command);
    }
  }

  #obey({ headers }: SocketCommand): void {
    const call = headers.get('call-command');
    if (call === 'hangup') {
      this.hangUp(headers.get('hangup-cause') ?? NORMAL_CLEARING);
      return;
    }
    const application = headers.get('execute-app-name');
    if (call !== 'execute' || application === undefined) return;
    const done = this.run(application, headers.get('execute-app-arg'), headers.get('Event-UUID'));
    if (!/^(true|yes|on|1)$/i.test(headers.get('event-lock') ?? '')) return;
    this.#isLocked = true;
    void done.finally(() => {
      this.#isLocked = false;
    });
  }
}
