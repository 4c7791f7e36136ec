import { spawn } from 'node:child_process';
import type { SpeechConfiguration } from './speech-configuration.js';

/** What is to be said, and how. */
export interface Utterance {
  text: string;
  voice: string;
  language: string;
}

/**
 * Has a text made into speech: WAV or raw PCM, as the command or the service gives it. Rejects when that fails, is not done in time
 * or is too large; the signal aborts it.
 */
export function synthesize(
  utterance: Utterance,
  configuration: SpeechConfiguration,
  signal: AbortSignal,
): Promise<Buffer> {
  const { command, url } = configuration;
  if (command !== undefined) return byCommand(command, utterance, configuration, signal);
  return byService(url ?? '', utterance, configuration, signal);
}

async function byCommand(
  [program = '', ...given]: readonly string[],
  { text, ...utterance }: Utterance,
  { bytesMax }: SpeechConfiguration,
  signal: AbortSignal,
): Promise<Buffer> {
  const fill = (argument: string) =>
    argument.replaceAll('{voice}', utterance.voice).replaceAll('{language}', utterance.language);
  const child = spawn(program, given.map(fill), { signal, stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-500);
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(text);
  const [output, code] = await Promise.all([
    collect(child.stdout, bytesMax).catch((error) => {
      child.kill('SIGKILL');
      throw error;
    }),
    exited,
  ]);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${complaint.trim()}`);
  return output;
}

async function byService(
  url: string,
  utterance: Utterance,
  { headers, bytesMax }: SpeechConfiguration,
  signal: AbortSignal,
): Promise<Buffer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(utterance),
    redirect: 'error',
    signal,
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the service answered ${response.status}`);
  }
  return collect(response.body, bytesMax);
}

async function collect(stream: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`it has more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
