import { EXIT } from './exit-status.js';

/** Where a command speaks: records and text on standard output, remarks on standard error. */
export interface Output {
  readonly isJson: boolean;
  /** Standard output is a terminal that may be redrawn in place. */
  readonly isLive: boolean;
  /** One record: a JSON line with `--json`, else the text for people. Resolves once it is written. */
  record(value: object, text: () => string): Promise<void>;
  /** Text for people alone: left out with `--json`. */
  say(text: string): void;
  /** A remark beside the output, on standard error. */
  remark(text: string): void;
}

/** The option that every command has. */
export interface JsonOption {
  json?: true;
}

export interface OutputOptions {
  json?: boolean | undefined;
  /** Go on when nobody reads any more (a worker, which has calls up); else the process ends then. */
  outlivesReader?: boolean;
}

export function openOutput({ json = false, outlivesReader = false }: OutputOptions): Output {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `outdial watch | head`: the reader has what it wants.
    if (!outlivesReader) process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
  });
  const write = (line: string) =>
    new Promise<void>((resolve) => {
      // Unwritten, it stays unresolved while the listener above ends the process: no result counts as taken then.
      process.stdout.write(`${line}\n`, (error) => {
        if (!error || outlivesReader) resolve();
      });
    });
  return {
    isJson: json,
    isLive: !json && process.stdout.isTTY === true,
    record: (value, text) => write(json ? JSON.stringify(value) : text()),
    say(text) {
      if (!json) void write(text);
    },
    remark: (text) => void process.stderr.write(`${text}\n`),
  };
}
