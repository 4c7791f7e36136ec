import { createLogUpdate } from 'log-update';

const REDRAW_EVERY_MS = 100;

/** Lines redrawn in place on a terminal, until it is finished. */
export class LiveTable {
  readonly #screen: NodeJS.WriteStream;
  readonly #log: ReturnType<typeof createLogUpdate>;
  readonly #draw: (size: { width: number; height: number }) => readonly string[];
  readonly #timer: NodeJS.Timeout;

  constructor(
    draw: (size: { width: number; height: number }) => readonly string[],
    screen: NodeJS.WriteStream = process.stdout,
  ) {
    this.#screen = screen;
    this.#log = createLogUpdate(screen);
    this.#draw = draw;
    this.#redraw();
    this.#timer = setInterval(() => this.#redraw(), REDRAW_EVERY_MS);
  }

  /** Draws a last time and leaves that standing. */
  finish(): void {
    clearInterval(this.#timer);
    this.#redraw();
    this.#log.done();
  }

  /** Takes it off the screen, for what replaces it. */
  clear(): void {
    clearInterval(this.#timer);
    this.#log.clear();
    this.#log.done();
  }

  #redraw(): void {
    const { columns: width = 80, rows: height = 24 } = this.#screen;
    this.#log(this.#draw({ width: width - 1, height: height - 1 }).join('\n'));
  }
}
