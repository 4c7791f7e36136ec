import type { Lab } from '@outdial/lab';

/** A server's control port: drachtio's admin port, or FreeSWITCH's event socket. */
export interface EngineAddress {
  host: string;
  port: number;
  secret: string;
}

export interface Engines {
  readonly drachtio: EngineAddress;
  readonly freeswitch: EngineAddress;
  /** True for real servers: `stop` leaves them alone. */
  readonly areReal: boolean;
  /** The lab's servers, to be killed and restarted; null for real ones. */
  readonly lab: Lab['engines'] | null;
  stop(): Promise<void>;
}

/**
 * The switch to test against: the servers that OUTDIAL_TEST_DRACHTIO and OUTDIAL_TEST_FREESWITCH name (each
 * `host:port:secret`), else a lab of its own.
 */
export async function startEngines(): Promise<Engines> {
  const { OUTDIAL_TEST_DRACHTIO: drachtio, OUTDIAL_TEST_FREESWITCH: freeswitch } = process.env;
  if (drachtio !== undefined && freeswitch !== undefined) {
    return {
      drachtio: parseEngineAddress(drachtio),
      freeswitch: parseEngineAddress(freeswitch),
      areReal: true,
      lab: null,
      stop: () => Promise.resolve(),
    };
  }
  // Loaded only where it is needed: tests on real servers do not build the lab.
  const { startLab } = await import('@outdial/lab');
  const lab = await startLab();
  return {
    drachtio: parseEngineAddress(`${lab.drachtio}:${lab.secrets.drachtio}`),
    freeswitch: parseEngineAddress(`${lab.freeswitch}:${lab.secrets.freeswitch}`),
    areReal: false,
    lab: lab.engines,
    stop: () => lab.stop(),
  };
}

function parseEngineAddress(text: string): EngineAddress {
  const [, host, port, secret] = /^(.+):(\d+):([^:]+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined || secret === undefined)
    throw new Error(`an engine is host:port:secret, not ${text}`);
  return { host, port: Number(port), secret };
}
