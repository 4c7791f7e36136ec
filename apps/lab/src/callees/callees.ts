import { loadPrompts, type PromptName } from '../audio/prompts.js';
import { DigestVerifier, type IncomingInvite, parseUri, SipAgent, type SipLog } from '../sip/index.js';
import { CalleeCall, CallOver } from './callee-call.js';
import { CREDENTIALS, findCallee } from './directory.js';
import { MACHINES } from './machines.js';
import { PEOPLE } from './people.js';
import { REFUSING } from './refusals.js';
import type { Script, Stage } from './script.js';

/** Callees by name; `silent` alone has no script, since the SIP stack itself must not respond for it. */
export const SCRIPTS: Readonly<Record<string, Script>> = { ...PEOPLE, ...MACHINES, ...REFUSING };
export const SILENT = 'silent';

const HELLOS: readonly PromptName[] = ['hello-1', 'name-1', 'hello-3', 'hello-2', 'name-2', 'hello-4'];

export interface CalleesOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** For UDP and TCP; default 0: a free one. */
  port?: number;
  /** Where `plays` finds its WAV files; without it, it rejects with 404. */
  recordingsDir?: string | undefined;
  /** Where the log of all requests and final responses is appended, as JSON lines. */
  logFile?: string | undefined;
  /** Told of what was survived: malformed messages, and faults of the callees themselves. */
  onProblem?: (what: string) => void;
}

/** The callees of the lab, up and reachable over SIP. */
export class Callees {
  /** `host:port`, for UDP and TCP. */
  readonly sipAddress: string;
  readonly #agent: SipAgent;
  readonly #stage: Stage;
  readonly #onProblem: (what: string) => void;
  readonly #calls = new Set<CalleeCall>();

  private constructor(agent: SipAgent, stage: Stage, onProblem: (what: string) => void) {
    this.sipAddress = `${agent.address.host}:${agent.address.port}`;
    this.#agent = agent;
    this.#stage = stage;
    this.#onProblem = onProblem;
    agent.onInvite((invite) => this.#take(invite));
  }

  /** Starts the callees. Rejects with the socket's error when the port is taken. */
  static async start(options: CalleesOptions = {}): Promise<Callees> {
    const { host = '127.0.0.1', port = 0, recordingsDir = null, logFile, onProblem = () => {} } = options;
    const prompts = await loadPrompts();
    const agent = await SipAgent.start({
      host,
      port,
      userAgent: 'outdial-lab',
      onProblem,
      isIgnored: ({ uri }) => findCallee(parseUri(uri)?.user ?? '')?.name === SILENT,
      ...(logFile === undefined ? {} : { log: { file: logFile } }),
    });
    let answered = 0;
    const stage: Stage = {
      prompts,
      recordingsDir,
      credentials: new DigestVerifier(CREDENTIALS.realm, CREDENTIALS),
      nextHello: () => prompts[HELLOS[answered++ % HELLOS.length] as PromptName],
      addressOf: (name) => `sip:${name}@${agent.address.host}:${agent.address.port}`,
    };
    return new Callees(agent, stage, onProblem);
  }

  /** Every request and final response, as the callees saw them. */
  get log(): SipLog {
    return this.#agent.log;
  }

  /** Calls that ring or are up. */
  get callCount(): number {
    return this.#calls.size;
  }

  /** Stops at once; calls that are up are forgotten, not released. */
  async stop(): Promise<void> {
    for (const call of this.#calls) call.end();
    await this.#agent.close();
  }

  #take(invite: IncomingInvite): void {
    const name = findCallee(invite.calledUser)?.name;
    const script = name === undefined ? undefined : SCRIPTS[name];
    if (script === undefined) {
      invite.reject(404);
      return;
    }
    const call = new CalleeCall(invite, this.#agent.address.host);
    this.#calls.add(call);
    void this.#run(script, call).finally(() => this.#calls.delete(call));
  }

  async #run(script: Script, call: CalleeCall): Promise<void> {
    try {
      await script(call, this.#stage);
    } catch (error) {
      if (!(error instanceof CallOver)) {
        this.#onProblem(`a callee failed: ${String(error)}`);
        call.invite.reject(500);
      }
    }
    await call.hangUp();
  }
}
