import { randomUUID } from 'node:crypto';
import type { Whereabouts } from '@outdial/contract';
import type { Logger } from 'pino';
import type { DialRequest, LegReport, PreparedDial } from '../api.js';
import type { CallPlace } from '../call-counts.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import type { Media } from '../media/media.js';
import { ALLOW } from '../sip/allow.js';
import { withExpiresHeader } from '../sip/expires-header.js';
import { withHeaders } from '../sip/header.js';
import { assertInviteFits } from '../sip/message-limit.js';
import type { Route } from '../sip/routing.js';
import { toHeader } from '../sip/to-header.js';
import { type DialTarget, DialTargets } from './dial-targets.js';
import { OutboundLeg } from './leg.js';
import { fromTagOf } from './release.js';

/** Everything that was found and reserved for a dial. */
export interface DialResources {
  request: DialRequest;
  /** In the order in which they are tried. */
  routes: readonly [Route, ...Route[]];
  /** The call's place on its server and on the first route's trunk. */
  place: CallPlace;
  drachtio: DrachtioServer;
  /** To be called when it asks for its turn, or will not. */
  asksForTurn: () => void;
  media: Media;
  /** The ways that a redirect's contacts lead to, the preferred first; empty where none is followed. */
  redirect: (contacts: readonly string[]) => Array<Pick<Route, 'requestUri' | 'nextHop'>>;
  /** Whether any redirect is followed. */
  followsRedirects: boolean;
  /** See `LegOptions`. */
  addressOf: (callTo: string) => string;
  /** Ends what may be up of the leg after a loss; retries until its end is confirmed. Never rejects. */
  release: (whereabouts: Whereabouts) => Promise<LegReport>;
}

/** The dial of these resources. Throws INVALID_JOB when an INVITE of it would be too long; nothing is given back then. */
export function preparedDial(resources: DialResources, parentLogger: Logger): PreparedDial {
  const { request, routes, place, drachtio, asksForTurn, media, followsRedirects, release } = resources;
  for (const { headers, requestUri, trunk } of routes) {
    media.protect(trunk?.srtp ?? 'off');
    assertInviteFits(headers, requestUri, media.offer);
  }
  const [{ trunk }] = routes;
  const whereabouts: Whereabouts = {
    callId: randomUUID(),
    drachtio: drachtio.address,
    freeswitch: media.server ?? undefined,
    endpointUuid: media.endpointUuid ?? undefined,
    trunk: trunk?.name,
    mayBeResent: trunk?.credentials !== undefined || followsRedirects || routes.length > 1,
  };
  const logger = parentLogger.child({ jobId: request.jobId, callId: whereabouts.callId });
  return {
    whereabouts,
    turn: (signal) => {
      asksForTurn();
      return drachtio.turn(signal);
    },
    dial: (onEvent, mayLeave = () => true) => {
      const options = {
        jobId: request.jobId,
        whereabouts,
        targets: targetsOf(resources, whereabouts.callId),
        drachtio,
        media,
        mayLeave,
        addressOf: resources.addressOf,
        release: () => release(whereabouts),
        onGone: () => place.leave(),
      };
      const leg = new OutboundLeg(options, onEvent, logger);
      queueMicrotask(() => leg.start());
      return leg;
    },
    discard: async () => {
      asksForTurn();
      await media.release();
      place.leave();
    },
  };
}

function targetsOf(
  { request, routes, place, redirect, followsRedirects }: DialResources,
  callId: string,
): DialTargets {
  const targetOf = ({ requestUri, nextHop, headers, trunk }: Route): DialTarget => ({
    requestUri,
    nextHop,
    trunk,
    srtp: trunk?.srtp ?? 'off',
    headers: withHeaders(
      { Allow: ALLOW, ...withExpiresHeader(headers, request.secondsTimeout) },
      { From: `${headers.From};tag=${fromTagOf(callId)}`, To: toHeader(requestUri) },
    ),
  });
  const [first, ...others] = routes;
  return new DialTargets({
    targets: [targetOf(first), ...others.map(targetOf)],
    followsRedirects,
    redirect: (from, contacts) =>
      redirect(contacts).map((way) => ({
        ...way,
        trunk: null,
        // What the trunk's calls are protected with does not end because it sends one elsewhere.
        srtp: from.srtp,
        headers: headersForRedirect(from.headers, request),
      })),
    enter: ({ trunk }) => place.moveTo(trunk),
  });
}

/**
 * What a redirect's target gets of an INVITE: the caller as he is shown to anybody, and the job's own headers. The asserted
 * identity and the trunk's headers are between us and the trunk (RFC 3325, section 5).
 */
function headersForRedirect(headers: DialTarget['headers'], request: DialRequest): DialTarget['headers'] {
  const shown = ['From', 'To', 'Allow', 'Privacy', 'Expires'].flatMap((name) =>
    headers[name] === undefined ? [] : [[name, headers[name]]],
  );
  return { ...request.headers, ...Object.fromEntries(shown) };
}
