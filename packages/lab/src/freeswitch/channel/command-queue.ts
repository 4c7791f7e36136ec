import type { SocketCommand } from '../event-socket/command-reader.js';
import type { Channel } from './channel.js';
import { NORMAL_CLEARING } from './hangup-causes.js';

/** The commands of `sendmsg` to one channel, which it takes between two frames, and not while it is on its way. */
export class CommandQueue {
  readonly #channel: Channel;
  #commands: SocketCommand[] = [];
  #isLocked = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  push(command: SocketCommand): void {
    this.#commands.push(command);
  }

  clear(): void {
    this.#commands = [];
  }

  /** Executes those that wait, up to one that asks for the event lock. */
  run(): void {
    const { stay } = this.#channel;
    while (this.#commands.length > 0 && !this.#isLocked && !stay.isMoving && !this.#channel.isDown) {
      const command = this.#commands.shift();
      if (command !== undefined) this.#execute(command);
    }
  }

  #execute({ headers }: SocketCommand): void {
    const call = headers.get('call-command');
    if (call === 'hangup') {
      this.#channel.hangUp(headers.get('hangup-cause') ?? NORMAL_CLEARING);
      return;
    }
    const application = headers.get('execute-app-name');
    if (call !== 'execute' || application === undefined) return;
    const done = this.#channel.run(application, headers.get('execute-app-arg'), headers.get('Event-UUID'));
    if (!/^(true|yes|on|1)$/i.test(headers.get('event-lock') ?? '')) return;
    this.#isLocked = true;
    void done.finally(() => {
      this.#isLocked = false;
    });
  }
}
