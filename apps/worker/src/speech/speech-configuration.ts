import { z } from 'zod';

const argument = z.string().max(1000);

/** How texts become speech: by a command of this host, or by an HTTP service; with neither jobs that say something are refused. */
export const speechConfigurationSchema = z
  .strictObject({
    /**
     * The program and its arguments, in which `{voice}` and `{language}` stand for those of the step. It gets the text as its
     * input, and writes WAV or raw PCM. No shell is involved.
     */
    command: z.array(argument).min(1).max(64).optional(),
    /** An address that answers `POST` of `{"text", "voice", "language"}` as JSON with WAV or raw PCM. */
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional(),
    /** HTTP headers for `url`, such as an API key. */
    headers: z.record(z.string().min(1), z.string()).default({}),
    /** Samples a second of raw PCM (16-bit little-endian, mono); WAV says its own. */
    sampleRate: z.number().int().min(8000).max(48_000).default(8000),
    voice: z.string().min(1).max(64).default('default'),
    language: z.string().min(1).max(35).default('en'),
    /**
     * Where speech is kept, by its text, voice and language, and played from: it must be in `telephony.sounds.directory`. Absent:
     * `speech` in there.
     */
    directory: z.string().min(1).optional(),
    /** For making one speech. */
    secondsTimeout: z.number().positive().max(120).default(10),
    /** The largest speech. */
    bytesMax: z.number().int().min(1000).default(20_000_000),
    /** Speeches that are kept; those that were used longest ago go first. */
    filesMax: z.number().int().min(10).default(10_000),
  })
  .refine(
    ({ command, url }) => command === undefined || url === undefined,
    'has a command or a url, not both',
  );
export type SpeechConfiguration = z.output<typeof speechConfigurationSchema>;
