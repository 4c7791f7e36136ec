import { isIP, SocketAddress } from 'node:net';
import { MediaError } from './errors.js';
import { SRTP_KEY_BYTES, SRTP_SUITES, type SrtpKey } from './srtp/suites.js';

/** Which way media flows, as SDP says it of the side that wrote it (RFC 8866 section 6.7). */
export const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** The RTP payload types (0 to 127) that were agreed on. */
export interface PayloadTypes {
  pcmu?: number;
  pcma?: number;
  /** RFC 4733, at 8000 Hz. */
  telephoneEvent?: number;
  /** Comfort noise, RFC 3389. */
  cn?: number;
}

/** The keys of both directions (RFC 4568). */
export interface SrtpKeys {
  /** What we send is protected with it. */
  local: SrtpKey;
  /** What the far end sends is. */
  remote: SrtpKey;
}

/** The far end, as its SDP describes it. */
export interface RemoteDescription {
  /** An IP address. */
  address: string;
  /** Of RTP. 0: the far end takes no audio (RFC 3264 section 6), nothing is sent and nothing is heard. */
  port: number;
  /** Default `port` + 1, or `port` with `rtcpMux`. */
  rtcpPort?: number;
  /** RTCP on the port of RTP (RFC 5761). Default false. */
  rtcpMux?: boolean;
  payloadTypes: PayloadTypes;
  /** The law that is sent when both were agreed on. Default `pcmu`. What comes in is decoded by its payload type. */
  sends?: 'pcmu' | 'pcma';
  /** The length of packets that the far end wants, 10 to 60 ms in steps of 10. Default 20. */
  ptimeMs?: number;
  /** The longest packets that it takes. */
  maxPtimeMs?: number;
  /** The far end's: with `sendonly` and `inactive` it is sent nothing. Default `sendrecv`. */
  direction?: Direction;
  /** Protects the stream (RFC 3711). Default: it is not. */
  srtp?: SrtpKeys;
}

/** What an offer or answer of ours needs to say of the media. */
export interface LocalDescription {
  address: string;
  port: number;
  rtcpPort: number;
}

/** The same, checked and with the defaults filled in. */
export interface CheckedRemote {
  address: string;
  port: number;
  rtcpPort: number;
  rtcpMux: boolean;
  payloadTypes: PayloadTypes;
  sends: 'pcmu' | 'pcma' | null;
  ptimeMs: number;
  direction: Direction;
  srtp: SrtpKeys | null;
}

/** RFC 4568 section 6.1. */
const MKI_BYTES_MAX = 128;

/** Throws `INVALID_OPTIONS` and names what is wrong. */
export function checkRemote(remote: RemoteDescription): CheckedRemote {
  const { address, port, rtcpMux = false, payloadTypes, direction = 'sendrecv', srtp = null } = remote;
  const family = isIP(address);
  if (family === 0) throw new MediaError('INVALID_OPTIONS', `address: "${address}" is no IP address`);
  checkNumber('port', port, 0, 65_535);
  const rtcpPort = rtcpMux ? port : (remote.rtcpPort ?? Math.min(65_535, port + 1));
  checkNumber('rtcpPort', rtcpPort, 0, 65_535);
  for (const [name, type] of Object.entries(payloadTypes))
    if (type !== undefined) checkNumber(`payloadTypes.${name}`, type, 0, 127);
  if (!DIRECTIONS.includes(direction)) throw new MediaError('INVALID_OPTIONS', `direction: "${direction}"`);
  if (srtp !== null) for (const side of ['local', 'remote'] as const) checkKey(side, srtp[side]);
  return {
    // In the form in which sockets give the source of a packet.
    address: new SocketAddress({ address, family: family === 6 ? 'ipv6' : 'ipv4' }).address,
    port,
    rtcpPort,
    rtcpMux,
    payloadTypes,
    sends: lawToSend(payloadTypes, remote.sends),
    ptimeMs: packetTime(remote),
    direction,
    srtp,
  };
}

function lawToSend({ pcmu, pcma }: PayloadTypes, wanted: 'pcmu' | 'pcma' = 'pcmu'): 'pcmu' | 'pcma' | null {
  if (pcmu !== undefined && pcma !== undefined) return wanted;
  return pcmu !== undefined ? 'pcmu' : pcma !== undefined ? 'pcma' : null;
}

function packetTime({ ptimeMs = 20, maxPtimeMs = 60 }: RemoteDescription): number {
  const wanted = Math.min(ptimeMs, maxPtimeMs, 60);
  return Number.isFinite(wanted) ? Math.max(10, Math.floor(wanted / 10) * 10) : 20;
}

/** Its message never has the key. */
function checkKey(side: keyof SrtpKeys, { suite, inline, mkiBytes = 0 }: SrtpKey): void {
  if (!Object.hasOwn(SRTP_SUITES, suite))
    throw new MediaError('INVALID_OPTIONS', `srtp.${side}.suite: "${suite}"`);
  if (!/^[A-Za-z0-9+/]{40}$/.test(inline))
    throw new MediaError('INVALID_OPTIONS', `srtp.${side}.inline is not ${SRTP_KEY_BYTES} bytes in base64`);
  checkNumber(`srtp.${side}.mkiBytes`, mkiBytes, 0, side === 'local' ? 0 : MKI_BYTES_MAX);
}

function checkNumber(name: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most))
    throw new MediaError('INVALID_OPTIONS', `${name}: ${value} is not ${least} to ${most}`);
}
