/**
 * The messages of one turn of the event loop, which cross to the other thread together: each crossing wakes that thread,
 * which costs more than most messages.
 */
export class GatheredMessages<Message> {
  readonly #post: (messages: readonly Message[]) => void;
  #messages: Message[] = [];

  constructor(post: (messages: readonly Message[]) => void) {
    this.#post = post;
  }

  add(message: Message): void {
    this.#messages.push(message);
    if (this.#messages.length === 1) setImmediate(() => this.flush());
  }

  /** Sends what has been gathered now. */
  flush(): void {
    const messages = this.#messages;
    this.#messages = [];
    if (messages.length > 0) this.#post(messages);
  }
}
