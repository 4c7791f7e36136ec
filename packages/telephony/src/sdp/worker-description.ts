import { randomInt } from 'node:crypto';
import { CODECS, type CodecName } from '@outdial/contract';
import type { LocalDescription, RemoteDescription, SrtpKey } from '@outdial/media';
import type { SessionDescription } from 'sdp-transform';
import type { SrtpPolicy } from '../configuration.js';
import { codecsOf, isAudio, type MediaLine, parseSession } from './audio-line.js';
import { type Crypto, cryptoLine, cryptosOf } from './crypto.js';

/** The codecs of the worker's own media, by their names in a job, with the names that they have there. */
const LAWS = { g711a: 'pcma', g711u: 'pcmu' } as const satisfies Partial<Record<CodecName, string>>;
export type WorkerCodec = keyof typeof LAWS;

/** The dynamic payload type under which telephone events are offered. */
const EVENTS_OFFERED = 101;
const EVENTS = 'telephone-event';
const PTIME_MS = 20;
/** NTP's epoch is used by RFC 8866 section 5.2 as an example; any number that does not repeat will do. */
const SESSION_IDS = 2 ** 47;

export function isWorkerCodec(name: CodecName): name is WorkerCodec {
  return name in LAWS;
}

/** The protection that is offered; without keys, none is. */
export interface OfferedProtection {
  srtp: SrtpPolicy;
  keys: readonly SrtpKey[];
}

/**
 * Our offer: these codecs in this order, and telephone events. Silence suppression is not offered. `required` SRTP is RTP/SAVP
 * (RFC 4568); `optional` is RTP/AVP with the same keys (RFC 8643), which who knows no SRTP takes for plain RTP.
 */
export function offerOf(
  local: LocalDescription,
  codecs: readonly WorkerCodec[],
  { srtp, keys }: OfferedProtection,
): string {
  const formats = codecs.map((name) => ({
    payload: CODECS[name].payloadType ?? 0,
    codec: CODECS[name].encoding,
  }));
  return describe(local, {
    protocol: srtp === 'required' ? 'RTP/SAVP' : 'RTP/AVP',
    formats: [...formats, { payload: EVENTS_OFFERED, codec: EVENTS }],
    cryptos: keys.map((key, index) => ({ tag: index + 1, key })),
    usesMux: false,
  });
}

/** The far end as its description says it, and our description in answer to it. */
export interface Agreement {
  /** `address` may be a host name still. */
  remote: RemoteDescription;
  /** Takes the payload types of the far end (RFC 3264 section 6.1); the direction is left to the caller. */
  answer: string;
}

/**
 * Reads a description of the far end, of which its first audio line counts, and keeps what we have as well: `codecs`, in its
 * own order of preference, and telephone events. `keys` are ours, one a suite: it is SRTP where the far end has a key for one
 * of these suites. Throws when there is no such line or codec.
 */
export function agreeOn(
  sdp: string,
  local: LocalDescription,
  codecs: readonly WorkerCodec[],
  keys: readonly SrtpKey[],
): Agreement {
  const session = parseSession(sdp);
  const line = session?.media.find(isAudio);
  if (session === null || line === undefined) throw new Error('there is no audio in the session description');
  const known = codecsOf(line).filter(({ clockRate }) => clockRate === 8000);
  const speech = known.flatMap(({ payload, name }) => {
    const law = codecs.find((codec) => CODECS[codec].encoding === name.toUpperCase());
    return law === undefined ? [] : [{ payload, law: LAWS[law], codec: CODECS[law].encoding }];
  });
  const [preferred] = speech;
  if (preferred === undefined) throw new Error('there is no codec that we have');
  const events = known.find(({ name }) => name.toLowerCase() === EVENTS)?.payload;
  const noise = known.find(({ name }) => name.toLowerCase() === 'cn')?.payload;
  const usesMux = line.rtcpMux !== undefined;
  const [crypto] = cryptosOf(line).flatMap(({ tag, key: remote }) => {
    const own = keys.find(({ suite }) => suite === remote.suite);
    return own === undefined ? [] : [{ tag, srtp: { local: own, remote } }];
  });
  const remote: RemoteDescription = {
    rtcpMux: usesMux,
    ...placeOf(session, line),
    ...(line.rtcp === undefined ? {} : { rtcpPort: line.rtcp.port }),
    payloadTypes: {
      ...Object.fromEntries(speech.map(({ law, payload }) => [law, payload]).reverse()),
      ...(events === undefined ? {} : { telephoneEvent: events }),
      ...(noise === undefined ? {} : { cn: noise }),
    },
    sends: preferred.law,
    ...(line.ptime === undefined ? {} : { ptimeMs: Number(line.ptime) }),
    ...(line.maxptime === undefined ? {} : { maxPtimeMs: Number(line.maxptime) }),
    ...(crypto === undefined ? {} : { srtp: crypto.srtp }),
  };
  const formats = [...speech, ...(events === undefined ? [] : [{ payload: events, codec: EVENTS }])];
  const cryptos = crypto === undefined ? [] : [{ tag: crypto.tag, key: crypto.srtp.local }];
  return { remote, answer: describe(local, { protocol: line.protocol, formats, cryptos, usesMux }) };
}

/** A hold of the old kind, with no address to send to (RFC 3264 section 8.4), is one by direction here. */
function placeOf(
  session: SessionDescription,
  line: MediaLine,
): Pick<RemoteDescription, 'address' | 'port' | 'direction'> {
  const address = (line.connection ?? session.connection)?.ip;
  if (address === undefined) throw new Error('there is no address in the session description');
  const direction = line.direction ?? session.direction ?? 'sendrecv';
  const isNowhere = address === '0.0.0.0' || address === '::';
  const held = direction === 'sendrecv' || direction === 'sendonly' ? 'sendonly' : 'inactive';
  return { address, port: line.port, direction: isNowhere ? held : direction };
}

interface Line {
  protocol: string;
  formats: ReadonlyArray<{ payload: number; codec: string }>;
  cryptos: readonly Crypto[];
  usesMux: boolean;
}

function describe(
  { address, port, rtcpPort }: LocalDescription,
  { protocol, formats, cryptos, usesMux }: Line,
): string {
  const family = address.includes(':') ? 'IP6' : 'IP4';
  const events = formats.find(({ codec }) => codec === EVENTS);
  const lines = [
    'v=0',
    `o=outdial ${randomInt(SESSION_IDS)} 1 IN ${family} ${address}`,
    's=-',
    `c=IN ${family} ${address}`,
    't=0 0',
    `m=audio ${port} ${protocol} ${formats.map(({ payload }) => payload).join(' ')}`,
    ...formats.map(({ payload, codec }) => `a=rtpmap:${payload} ${codec}/8000`),
    ...(events === undefined ? [] : [`a=fmtp:${events.payload} 0-15`]),
    ...cryptos.map(cryptoLine),
    ...(rtcpPort === port + 1 ? [] : [`a=rtcp:${rtcpPort}`]),
    ...(usesMux ? ['a=rtcp-mux'] : []),
    `a=ptime:${PTIME_MS}`,
    'a=sendrecv',
    '',
  ];
  return lines.join('\r\n');
}
