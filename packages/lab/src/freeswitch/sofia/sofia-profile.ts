import {
  type Dialog,
  type IncomingInvite,
  type IncomingRequest,
  parseNameAddr,
  parseUri,
  SipAgent,
} from '../../sip/index.js';
import { Channel, type Signalling } from '../channel/channel.js';
import { runDialplan } from '../channel/dialplan.js';
import { NORMAL_CLEARING, reasonHeader } from '../channel/hangup-causes.js';
import type { Core } from '../core.js';
import type { EventSocket } from '../event-socket/event-socket.js';
import { ChannelMedia } from '../media/channel-media.js';
import { sipVariables } from './sip-variables.js';

/** The status that rejects an INVITE, by hang-up cause (sofia_glue's hangup_cause_to_sip). */
const STATUS_OF_CAUSE: Readonly<Record<string, number>> = {
  NO_ROUTE_DESTINATION: 404,
  INCOMPATIBLE_DESTINATION: 488,
  NORMAL_TEMPORARY_FAILURE: 503,
};
/** A shutdown waits this long for the responses to its BYEs. */
const RELEASE_TIMEOUT_MS = 1000;

/** The `drachtio_mrf` profile of mod_sofia: creates channels from INVITEs, and keeps their dialogs. */
export class SofiaProfile {
  readonly #agent: SipAgent;
  readonly #host: string;
  readonly #releases = new Set<Promise<unknown>>();

  private constructor(agent: SipAgent, host: string) {
    this.#agent = agent;
    this.#host = host;
  }

  static async start(host: string, port: number): Promise<SofiaProfile> {
    return new SofiaProfile(await SipAgent.start({ host, port, userAgent: 'drachtio media gateway' }), host);
  }

  get address(): { readonly host: string; readonly port: number } {
    return this.#agent.address;
  }

  serve(core: Core, eventSocket: EventSocket): void {
    this.#agent.onInvite((invite) => this.#admit(invite, core, eventSocket));
  }

  /** Waits for BYEs in progress, up to a limit. */
  async settle(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RELEASE_TIMEOUT_MS);
    });
    await Promise.race([Promise.allSettled(this.#releases), limit]);
    clearTimeout(timer);
  }

  /** Forgets every dialog. */
  async close(): Promise<void> {
    await this.#agent.close();
  }

  #admit(invite: IncomingInvite, core: Core, eventSocket: EventSocket): void {
    if (!core.limits.admits(core.channels.size)) {
      invite.reject(503, { reason: 'Maximum Calls In Progress', headers: { 'Retry-After': '300' } });
    } else if (invite.remoteSdp !== '' && !invite.remoteSdp.startsWith('v=0')) {
      invite.reject(400, { reason: 'Bad Session Description' });
    } else if (!/^drachtio-fsmrf:/.test(invite.request.headers.get('User-Agent') ?? '')) {
      // The mrf context has no other extension.
      invite.reject(404, { headers: { Reason: reasonHeader('NO_ROUTE_DESTINATION') } });
    } else {
      this.#makeChannel(invite, core, eventSocket);
    }
  }

  #makeChannel(invite: IncomingInvite, core: Core, eventSocket: EventSocket): void {
    const leg = new SipLeg(invite, (release) => this.#awaitRelease(release));
    const channel = new Channel(core, callerOf(invite), leg);
    for (const [name, value] of sipVariables(invite)) channel.setVariable(name, value);
    channel.variables.set('sofia_profile_name', 'drachtio_mrf');
    channel.changeState('CS_INIT');
    channel.fire('CHANNEL_CREATE');
    invite.on('cancelled', () => channel.hangUp('ORIGINATOR_CANCEL', true));
    void this.#setUp(channel, leg, eventSocket);
  }

  async #setUp(channel: Channel, leg: SipLeg, eventSocket: EventSocket): Promise<void> {
    const media = await ChannelMedia.open(this.#host, channel.writeStream, channel.core).catch(() => null);
    if (media === null) return channel.hangUp('NORMAL_TEMPORARY_FAILURE');
    const failure = channel.isDown ? NORMAL_CLEARING : await leg.negotiate(media, channel);
    if (channel.isDown || failure !== null) {
      media.close();
      // Hung up while the ACK was awaited: there was no dialog to release yet.
      if (channel.isDown) leg.release(channel.hangupCause ?? NORMAL_CLEARING);
      return channel.hangUp(failure ?? NORMAL_CLEARING);
    }
    leg.bind(channel, media);
    setMediaVariables(channel, media);
    channel.answer(media);
    if (leg.isOver) return channel.hangUp(NORMAL_CLEARING, true);
    await runDialplan(channel, eventSocket);
  }

  #awaitRelease(release: Promise<unknown>): void {
    const settled = release.catch(() => {}).finally(() => this.#releases.delete(settled));
    this.#releases.add(settled);
  }
}

/** The SIP side of one channel: an INVITE, then its dialog. */
class SipLeg implements Signalling {
  readonly #invite: IncomingInvite;
  readonly #onRelease: (release: Promise<unknown>) => void;
  #dialog: Dialog | null = null;

  constructor(invite: IncomingInvite, onRelease: (release: Promise<unknown>) => void) {
    this.#invite = invite;
    this.#onRelease = onRelease;
  }

  get isOver(): boolean {
    return this.#dialog?.isEnded ?? true;
  }

  /**
   * Answers the INVITE's offer; without one (3PCC), makes an offer, which the ACK answers. Returns the
   * hang-up cause when that fails, null when it succeeds.
   */
  async negotiate(media: ChannelMedia, channel: Channel): Promise<string | null> {
    const offer = this.#invite.remoteSdp;
    const sdp = offer === '' ? media.offer() : media.answer(offer);
    if (sdp === null) return 'INCOMPATIBLE_DESTINATION';
    if (offer === '') channel.changeState('CS_HIBERNATE');
    try {
      this.#dialog = await this.#invite.accept({ sdp });
    } catch {
      return 'RECOVERY_ON_TIMER_EXPIRE';
    }
    if (offer !== '') return null;
    const answer = this.#dialog.remoteSdp;
    if (answer === '') return 'MANDATORY_IE_MISSING';
    return media.takeAnswer(answer) ? null : 'INCOMPATIBLE_DESTINATION';
  }

  /** Applies the far end's BYE and re-INVITEs to the channel from now on. */
  bind(channel: Channel, media: ChannelMedia): void {
    this.#dialog?.on('bye', () => channel.hangUp(NORMAL_CLEARING, true));
    this.#dialog?.on('reinvite', (reinvite) => {
      reinvite.respond(200, { sdp: renegotiate(reinvite, media) });
      setMediaVariables(channel, media);
    });
  }

  release(cause: string): void {
    const headers = { Reason: reasonHeader(cause) };
    if (this.#dialog !== null) this.#onRelease(this.#dialog.bye(headers));
    else this.#invite.reject(STATUS_OF_CAUSE[cause] ?? 480, { headers });
  }
}

/** FreeSWITCH accepts every re-INVITE; it refuses media that it cannot use in the SDP. */
function renegotiate({ request }: IncomingRequest, media: ChannelMedia): string {
  if (request.body === '') return media.offer();
  return media.answer(request.body) ?? media.refusal();
}

function setMediaVariables(channel: Channel, media: ChannelMedia): void {
  for (const [name, value] of media.variables()) channel.setVariable(name, value);
}

function callerOf({ request, peer, calledUser }: IncomingInvite) {
  const from = parseNameAddr(request.headers.get('From') ?? '');
  const uri = parseUri(from.uri);
  const host = uri === undefined ? peer.host : `${uri.host}${uri.port === undefined ? '' : `:${uri.port}`}`;
  return {
    name: from.displayName ?? 'unknown',
    uri: `${uri?.user ?? 'nobody'}@${host}`,
    networkAddress: peer.host,
    destination: calledUser,
  };
}
