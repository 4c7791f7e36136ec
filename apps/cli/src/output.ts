import { EXIT } from './exit-status.js';

/** The output of a command: records and text on standard output, notes on standard error. */
export interface Output {
  readonly isJson: boolean;
  /** Standard output is a terminal that may be redrawn in place. */
  readonly isLive: boolean;
  /** Prints a record: as a JSON line with `--json`, else as text. Resolves once it is written. */
  record(value: object, text: () => string): Promise<void>;
  /** Prints a line of text; ignored with `--json`. */
  print(text: string): void;
  /** Prints a note on standard error. */
  note(text: string): void;
}

/** The option of every command. */
export interface JsonOption {
  json?: true;
}

export interface OutputOptions {
  json?: boolean | undefined;
  /** Go on when standard output is closed, as a worker must while it has calls. Default: the process ends. */
  outlivesReader?: boolean;
}

export function openOutput({ json = false, outlivesReader = false }: OutputOptions): Output {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `outdial watch | head`: the reader has finished.
    if (!outlivesReader) process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
  });
  const write = (line: string) =>
    new Promise<void>((resolve) => {
      // Otherwise it stays pending while the listener above ends the process, so that no result counts as
      // consumed.
      process.stdout.write(`${line}\n`, (error) => {
        if (!error || outlivesReader) resolve();
      });
    });
  return {
    isJson: json,
    isLive: !json && process.stdout.isTTY === true,
    record: (value, text) => write(json ? JSON.stringify(value) : text()),
    print(text) {
      if (!json) void write(text);
    },
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}
