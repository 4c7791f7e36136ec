import type { Lab, LabOptions } from '@outdial/lab';

/** A server's control port: drachtio's admin port or FreeSWITCH's event socket. */
export interface ServerAddress {
  host: string;
  port: number;
  secret: string;
}

export interface Servers {
  readonly drachtio: ServerAddress;
  readonly freeswitch: ServerAddress;
  /** True for real servers: `close` leaves them alone. */
  readonly areReal: boolean;
  /** The lab's servers, which can be killed and restarted; null for real ones. */
  readonly lab: Lab['servers'] | null;
  close(): Promise<void>;
}

/**
 * The telephony servers to test against: those that OUTDIAL_TEST_DRACHTIO and OUTDIAL_TEST_FREESWITCH name
 * (each `host:port:secret`), else a lab of its own with these options.
 */
export async function startServers(options: LabOptions = {}): Promise<Servers> {
  const { OUTDIAL_TEST_DRACHTIO: drachtio, OUTDIAL_TEST_FREESWITCH: freeswitch } = process.env;
  if (drachtio !== undefined && freeswitch !== undefined) {
    return {
      drachtio: parseServerAddress(drachtio),
      freeswitch: parseServerAddress(freeswitch),
      areReal: true,
      lab: null,
      close: () => Promise.resolve(),
    };
  }
  // Loaded only where it is needed: tests on real servers do not need the lab built.
  const { startLab } = await import('@outdial/lab');
  const lab = await startLab(options);
  return {
    drachtio: parseServerAddress(`${lab.drachtio}:${lab.secrets.drachtio}`),
    freeswitch: parseServerAddress(`${lab.freeswitch}:${lab.secrets.freeswitch}`),
    areReal: false,
    lab: lab.servers,
    close: () => lab.close(),
  };
}

function parseServerAddress(text: string): ServerAddress {
  const [, host, port, secret] = /^(.+):(\d+):([^:]+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined || secret === undefined)
    throw new Error(`a server is given as host:port:secret, not ${text}`);
  return { host, port: Number(port), secret };
}
