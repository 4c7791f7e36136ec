import type { Logger } from 'pino';
import type { LegReport } from '../api.js';
import { withTimeout } from '../async/with-timeout.js';
import type { Trunk } from '../configuration.js';
import { requestAuthenticated } from '../drachtio/authenticated-request.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import type { Dialog, SipRequest } from '../drachtio/srf-types.js';
import { firstHeader, uriOf } from '../sip/header.js';
import type { InDialogRequests } from './in-dialog-requests.js';

/** drachtio repeats a BYE for 32 s; a far end that has gone need not hold our endpoint as long. */
const BYE_WITHIN_MS = 5000;
const INFO_WITHIN_MS = 5000;
/** A far end may ask somebody before it takes one. */
const REFER_WITHIN_MS = 20_000;

/** The confirmed dialog of an answered leg: its requests from the far end, and its BYE. */
export class LegDialog {
  readonly dialog: Dialog;
  readonly #drachtio: DrachtioServer;
  readonly #trunk: Trunk | null;
  readonly #logger: Logger;

  constructor(dialog: Dialog, drachtio: DrachtioServer, trunk: Trunk | null, logger: Logger) {
    this.dialog = dialog;
    this.#drachtio = drachtio;
    this.#trunk = trunk;
    this.#logger = logger;
  }

  /** Handles the far end's requests from now on; `onBye` is called for the BYE that ends the dialog. */
  serve(requests: InDialogRequests, onBye: (bye: SipRequest) => void): void {
    this.dialog.on('destroy', onBye);
    const handleBye = this.dialog.handle.bind(this.dialog);
    this.dialog.handle = (request, response) => {
      if (request.method === 'BYE') handleBye(request, response);
      else requests.handle(request, response, this.dialog.local.contact);
    };
  }

  /** Sends an INFO; resolves with what is wrong when the far end does not take it, or does not answer. Never rejects. */
  async inform(contentType: string, body: string): Promise<{ problem: string } | { status: number }> {
    try {
      const headers = { 'Content-Type': contentType };
      const request = { method: 'INFO', stackDialogId: this.dialog.id, headers, body };
      const answered = requestAuthenticated(this.#drachtio, request, this.#trunk?.credentials ?? null);
      const { status, reason } = await withTimeout(answered, INFO_WITHIN_MS, 'INFO');
      return status < 300 ? { status } : { problem: `the far end answered INFO with ${status} ${reason}` };
    } catch (error) {
      return { problem: (error as Error).message };
    }
  }

  /** Sends a REFER; resolves with its final response, or with what is wrong. Never rejects. */
  async refer(
    headers: Record<string, string>,
  ): Promise<{ problem: string } | { status: number; reason: string }> {
    try {
      const request = { method: 'REFER', stackDialogId: this.dialog.id, headers };
      const answered = requestAuthenticated(this.#drachtio, request, this.#trunk?.credentials ?? null);
      return await withTimeout(answered, REFER_WITHIN_MS, 'REFER');
    } catch (error) {
      return { problem: (error as Error).message };
    }
  }

  /** Where the far end of this dialog is reached, with this dialog to be replaced (RFC 3891), for a Refer-To. */
  get replacedBy(): string {
    const { callId, localTag, remoteTag } = this.dialog.sip;
    const contact = uriOf(firstHeader(this.dialog.res, 'contact')) ?? '';
    const replaces = `${callId};to-tag=${remoteTag};from-tag=${localTag}`;
    return `${contact}?Replaces=${encodeURIComponent(replaces)}`;
  }

  /** Sends our BYE; resolves once it is answered or after 5 s. Never rejects. */
  async hangUp(): Promise<LegReport> {
    try {
      const request = { method: 'BYE', stackDialogId: this.dialog.id };
      const bye = requestAuthenticated(this.#drachtio, request, this.#trunk?.credentials ?? null);
      await withTimeout(bye, BYE_WITHIN_MS, 'BYE');
      return 'released';
    } catch (error) {
      // The far end's BYE, or drachtio's own after a crossed CANCEL, came first; or the far end does not answer,
      // and drachtio keeps repeating the BYE. A drachtio that had not heard us would have been found lost by now.
      this.#logger.debug({ err: error }, 'BYE not answered');
      return 'gone';
    } finally {
      this.#drachtio.removeDialog(this.dialog);
    }
  }
}
