import { loadPrompts, type PromptName } from '../audio/prompts.js';
import {
  DigestVerifier,
  hostPort,
  type IncomingInvite,
  parseUri,
  SipAgent,
  type SipLog,
} from '../sip/index.js';
import { CalleeCall, CallOver } from './callee-call.js';
import { CREDENTIALS, findCallee } from './directory.js';
import { EARLY } from './early-media.js';
import { MACHINES } from './machines.js';
import { PEOPLE } from './people.js';
import { REFUSING } from './refusals.js';
import type { CalleeContext, Script } from './script.js';

/** Callees by name. `silent` has no script: the SIP stack itself must not respond for it. */
export const SCRIPTS: Readonly<Record<string, Script>> = { ...PEOPLE, ...MACHINES, ...EARLY, ...REFUSING };
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
  /** Further callees, or others of the same name, by the user part of their address: of a test, for instance. */
  scripts?: Readonly<Record<string, Script>> | undefined;
  /** Called with errors that were handled: malformed messages, and errors in callees' scripts. */
  onProblem?: (what: string) => void;
}

/** The callees of the lab, reachable over SIP. */
export class Callees {
  /** `host:port`, for UDP and TCP. */
  readonly sipAddress: string;
  readonly #agent: SipAgent;
  readonly #context: CalleeContext;
  readonly #onProblem: (what: string) => void;
  readonly #scripts: Readonly<Record<string, Script>>;
  readonly #calls = new Set<CalleeCall>();

  private constructor(
    agent: SipAgent,
    context: CalleeContext,
    { scripts = {}, onProblem = () => {} }: CalleesOptions,
  ) {
    this.sipAddress = hostPort(agent.address.host, agent.address.port);
    this.#scripts = scripts;
    this.#agent = agent;
    this.#context = context;
    this.#onProblem = onProblem;
    agent.onInvite((invite) => this.#accept(invite));
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
    const context: CalleeContext = {
      prompts,
      recordingsDir,
      credentials: new DigestVerifier(CREDENTIALS.realm, CREDENTIALS),
      nextHello: () => prompts[HELLOS[answered++ % HELLOS.length] as PromptName],
      addressOf: (name) => `sip:${name}@${hostPort(agent.address.host, agent.address.port)}`,
    };
    return new Callees(agent, context, options);
  }

  /** Every request and final response, as the callees saw them. */
  get log(): SipLog {
    return this.#agent.log;
  }

  /** Calls that ring or are up. */
  get callCount(): number {
    return this.#calls.size;
  }

  /** Closes at once; calls that are up are forgotten, not released. */
  async close(): Promise<void> {
    for (const call of this.#calls) call.end();
    await this.#agent.close();
  }

  #accept(invite: IncomingInvite): void {
    const replaces = invite.request.headers.get('Replaces');
    if (replaces !== undefined) {
      const replaced = [...this.#calls].find((call) => call.isNamedBy(replaces));
      if (replaced === undefined) invite.reject(481);
      else void replaced.replaceCaller(invite);
      return;
    }
    const name = findCallee(invite.calledUser)?.name;
    const script = this.#scripts[invite.calledUser] ?? (name === undefined ? undefined : SCRIPTS[name]);
    if (script === undefined) {
      invite.reject(404);
      return;
    }
    const call = new CalleeCall(invite, this.#agent);
    this.#calls.add(call);
    void this.#run(script, call).finally(() => this.#calls.delete(call));
  }

  async #run(script: Script, call: CalleeCall): Promise<void> {
    try {
      await script(call, this.#context);
    } catch (error) {
      if (!(error instanceof CallOver)) {
        this.#onProblem(`a callee's script failed: ${String(error)}`);
        call.invite.reject(500);
      }
    }
    await call.hangUp();
  }
}
