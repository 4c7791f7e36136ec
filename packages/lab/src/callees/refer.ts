import type { Dialog, InviteOutcome, SipAgent } from '../sip/index.js';
import { parseNameAddr } from '../sip/index.js';
import { reasonPhrase } from '../sip/message/message.js';

/** What a REFER asks for. */
export interface Referral {
  uri: string;
  /** The dialog whose place is to be taken, as a Replaces header names it; null: none. */
  replaces: string | null;
}

/** Reads a Refer-To, headers in its URI included (RFC 3891 section 6.1); null: there is no URI. */
export function readReferTo(header: string | undefined): Referral | null {
  const uri = parseNameAddr(header ?? '')?.uri;
  if (uri === undefined || uri === '') return null;
  const [target = '', headers = ''] = uri.split('?');
  const replaces = /(?:^|&)Replaces=([^&]*)/i.exec(headers)?.[1];
  return { uri: target, replaces: replaces === undefined ? null : decodeURIComponent(replaces) };
}

/**
 * Places the call that a REFER asks for, and tells by NOTIFY in the dialog of the REFER how it comes on (RFC 3515): 100, what the
 * target says, and the end.
 */
export async function placeReferred(
  agent: SipAgent,
  dialog: Dialog,
  { uri, replaces }: Referral,
  sdp: string,
): Promise<InviteOutcome> {
  const tell = (status: number) => notify(dialog, status);
  tell(100);
  const invite = agent.invite({ uri, sdp, headers: replaces === null ? {} : { Replaces: replaces } });
  invite.on('provisional', ({ status }) => {
    if (status > 100) tell(status);
  });
  const outcome = await invite.outcome;
  tell(outcome.response.status);
  return outcome;
}

function notify(dialog: Dialog, status: number): void {
  if (dialog.isEnded) return;
  void dialog.request('NOTIFY', {
    headers: {
      Event: 'refer',
      'Subscription-State': status < 200 ? 'active;expires=60' : 'terminated;reason=noresource',
      'Content-Type': 'message/sipfrag;version=2.0',
    },
    body: `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`,
  });
}
