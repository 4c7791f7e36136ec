import type { TransferEnd, TransferRequest } from '../api.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { firstHeader } from '../sip/header.js';
import type { InDialogRequests } from './in-dialog-requests.js';
import type { LegDialog } from './leg-dialog.js';

interface Transfer {
  dialog: LegDialog;
  requests: InDialogRequests;
  /** The URI of the Refer-To. */
  target: string;
  request: TransferRequest;
  signal: AbortSignal;
}

/** Sends the REFER, and resolves with what its NOTIFYs tell at last. */
export async function transferBy({
  dialog,
  requests,
  target,
  request,
  signal,
}: Transfer): Promise<TransferEnd> {
  let end: (end: TransferEnd) => void = () => undefined;
  const ended = new Promise<TransferEnd>((resolve) => {
    end = resolve;
  });
  const stop = () => end({ outcome: 'stopped' });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const timer = setTimeout(() => end({ outcome: 'timeout' }), request.withinMs);
  // The first NOTIFY may overtake the response (RFC 6665 section 4.1.2.4).
  requests.onNotify = (notify) => {
    const told = toldBy(notify);
    if (told !== null) end(told);
  };
  void dialog.refer({ ...request.headers, 'Refer-To': `<${target}>` }).then((answer) => {
    if ('problem' in answer) end({ outcome: 'refused', status: null, message: answer.problem });
    else if (answer.status >= 300)
      end({
        outcome: 'refused',
        status: answer.status,
        message: `the far end answered REFER with ${answer.status} ${answer.reason}`,
      });
  });
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    requests.onNotify = null;
  }
}

/** What a NOTIFY says of the end of the transfer; null: it goes on (RFC 3515 section 2.4.5: a status line is its body). */
function toldBy(notify: SipRequest): TransferEnd | null {
  const [, code, reason = ''] = /^SIP\/2\.0 ([1-6]\d\d)[ \t]*([^\r\n]*)/.exec(notify.body ?? '') ?? [];
  const status = code === undefined ? null : Number(code);
  if (status !== null && status >= 200 && status < 300) return { outcome: 'finished' };
  if (status !== null && status >= 300)
    return { outcome: 'failed', status, message: `the target answered ${status} ${reason}`.trim() };
  const isOver = /^\s*terminated\b/i.test(firstHeader(notify, 'subscription-state') ?? '');
  if (!isOver) return null;
  return { outcome: 'failed', status: null, message: 'the far end no longer tells of the transfer' };
}
