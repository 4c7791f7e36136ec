import { createLogUpdate } from 'log-update';

const REDRAW_INTERVAL_MS = 100;

/** Lines on a terminal that are redrawn in place until it is closed. */
export class LiveScreen {
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
    this.#timer = setInterval(() => this.#redraw(), REDRAW_INTERVAL_MS);
  }

  /** Stops redrawing. The lines are drawn a last time with `keep`, else they are erased. */
  close({ keep }: { keep: boolean }): void {
    clearInterval(this.#timer);
    if (keep) this.#redraw();
    else this.#log.clear();
    this.#log.done();
  }

  #redraw(): void {
    const { columns: width = 80, rows: height = 24 } = this.#screen;
    this.#log(this.#draw({ width: width - 1, height: height - 1 }).join('\n'));
  }
}
