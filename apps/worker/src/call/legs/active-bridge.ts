/** The bridge of a call, for who may end it beside its two sides. */
export class ActiveBridge {
  #end: (() => void) | null = null;

  /** The callee and another leg are bridged; `end` is called once, when somebody asks for the end of that. */
  begin(end: () => void): void {
    this.#end = end;
  }

  /** The bridge is over. */
  finish(): void {
    this.#end = null;
  }

  /** Ends the bridge: its step goes on to what comes after it. Returns false when there is none. */
  end(): boolean {
    const end = this.#end;
    this.#end = null;
    end?.();
    return end !== null;
  }
}
