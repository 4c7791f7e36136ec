import { z } from 'zod';

/** How audio crosses to a voice bot. */
export const STREAM_PROTOCOLS = ['twilio', 'l16'] as const;

const TOKEN = /^[A-Za-z0-9\-.!#$%&*^_+`'|~]{1,64}$/;
/** Headers of the handshake that are the client's own (RFC 6455 section 4.1, RFC 9110 section 7.8). */
const OWN_HEADERS = /^(host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/i;

const botUrl = z
  .string()
  .max(2048)
  .refine(
    (url) => /^wss?:\/\//i.test(url) && URL.canParse(url) && !/[\s@]/.test(url),
    'a bot has a ws: or wss: address, without a user name',
  );
const headers = z
  .record(
    z
      .string()
      .regex(TOKEN, 'not a header name')
      .refine((name) => !OWN_HEADERS.test(name), 'this header belongs to the handshake'),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
    z.string().regex(/^[^\u0000-\u001f\u007f-\uffff]{0,4096}$/, 'not a header value'),
  )
  .refine((all) => Object.keys(all).length <= 32, 'at most 32 headers');
const parameters = z
  .record(z.string().min(1).max(500), z.string().max(500))
  .refine((all) => Object.keys(all).length <= 64, 'at most 64 parameters');

/** Connects the call to a voice bot. `steps` is the schema of the steps that follow. */
export function streamStepSchemaWith<Steps extends z.ZodType>(steps: Steps) {
  return streamObject(steps).refine(({ protocol, sampleRate }) => protocol === 'l16' || sampleRate === 8000, {
    path: ['sampleRate'],
    message: 'twilio has 8000 alone; l16 has 16000 too',
  });
}

function streamObject<Steps extends z.ZodType>(steps: Steps) {
  return z.strictObject({
    step: z.literal('stream'),
    /** The bot's WebSocket address; its host must be one of the worker's `telephony.streams.allowedHosts`. */
    url: botUrl,
    /** `twilio`: Media Streams, mu-law in JSON. `l16`: 16-bit PCM in binary messages. */
    protocol: z.enum(STREAM_PROTOCOLS).default('twilio'),
    /** Samples a second of `l16`, 8000 or 16000. */
    sampleRate: z.literal([8000, 16_000]).default(8000),
    /** HTTP headers of the handshake, by name. */
    headers: headers.default({}),
    /** WebSocket subprotocols to offer; the bot must then choose one. */
    subprotocols: z.array(z.string().regex(TOKEN, 'not a subprotocol')).max(8).default([]),
    /** `customParameters` of the bot's `start`, beside Outdial's own; a parameter of the same name replaces one of those. */
    parameters: parameters.default({}),
    /** When a bot that may come first after the answer is connected: while it rings, or when its step begins. */
    connectAt: z.enum(['ringing', 'step']).default('ringing'),
    /** Seconds after which the bot is told `stop`, at most 86,400; null: when it, or the callee, has enough. */
    secondsTimeout: z.number().positive().max(86_400).nullable().default(null),
    /** Steps that are taken when the bot has gone, in whatever way, before the plan goes on. */
    onClosed: steps.optional(),
    /** Steps that are taken instead when it failed: it could not be connected, broke off, or broke the protocol. */
    onFailed: steps.optional(),
  });
}

type Stream = z.output<ReturnType<typeof streamStepSchemaWith<z.ZodType>>>;
/** A stream, whose branches hold steps of this type. */
export interface StreamStep<Step> extends Omit<Stream, 'onClosed' | 'onFailed'> {
  onClosed?: Step[] | undefined;
  onFailed?: Step[] | undefined;
}
type StreamInput = z.input<ReturnType<typeof streamStepSchemaWith<z.ZodType>>>;
/** The same, as a job may have it. */
export interface StreamStepInput<Step> extends Omit<StreamInput, 'onClosed' | 'onFailed'> {
  onClosed?: Step[] | undefined;
  onFailed?: Step[] | undefined;
}
