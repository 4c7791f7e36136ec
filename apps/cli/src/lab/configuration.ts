import { CREDENTIALS, type Lab } from '@outdial/lab';
import type { WorkerConfigurationInput } from '@outdial/worker';

type Telephony = WorkerConfigurationInput['telephony'];

/** The prefix of the lab's test numbers, a range reserved for fiction. */
const TEST_NUMBERS = '441632960';

/**
 * The trunks and routes of a worker that send `sip:NAME@lab` and the test numbers to the callees at
 * `address`.
 */
export function calleesTelephony(address: string): Pick<Telephony, 'trunks' | 'routes'> {
  const { username, password } = CREDENTIALS;
  return {
    trunks: [
      {
        name: 'lab',
        address,
        prefixes: [TEST_NUMBERS],
        callerIds: 'any',
        credentials: { username, password },
      },
    ],
    routes: [{ host: 'lab', address }],
  };
}

/** The same with the servers of the lab. */
export function labTelephony({ drachtio, freeswitch, callees, secrets }: Lab): Telephony {
  return {
    drachtio: [{ ...hostAndPort(drachtio), secret: secrets.drachtio }],
    freeswitch: [{ ...hostAndPort(freeswitch), secret: secrets.freeswitch }],
    ...calleesTelephony(callees),
  };
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
