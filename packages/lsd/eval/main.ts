/** `lsd:eval`: evaluates the detector on recordings. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatAblations } from './ablation.js';
import { type Recording, readCorpus } from './corpus.js';
import { crossValidate } from './cross-validation.js';
import { measure, type Outcome } from './measure.js';
import { writePlot } from './plot/plot.js';
import { buildReport, formatMisses, formatReport } from './report.js';
import { trace } from './trace.js';
import { WavError } from './wav.js';

const USAGE = `usage: lsd:eval DIR|FILE.wav [--json] [--plot DIR] [--results FILE]
                [--cross-validate [--with DIR]] [--ablate] [--timeout MS]

DIR contains WAV files of any sample rate and, for the scores, a manifest.jsonl.
  --json            print the report as JSON
  --plot DIR        write DIR/index.html: summary, waveforms, events, verdicts, labels, and a player
  --results FILE    write a JSON line for each recording
  --cross-validate  also fit the thresholds on four fifths of the voices and score the rest, in turn
  --with DIR        with --cross-validate: also fit the thresholds on these labelled calls
  --ablate          also show the scores without each kind of evidence
  --timeout MS      lsdTimeoutMilliseconds (default: 5000)
  --help            print this
`;

function run(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      plot: { type: 'string' },
      results: { type: 'string' },
      'cross-validate': { type: 'boolean', default: false },
      with: { type: 'string' },
      ablate: { type: 'boolean', default: false },
      timeout: { type: 'string', default: '5000' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(USAGE.trimEnd());
    return;
  }
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new TypeError('expected one folder or WAV file');
  if (values.with !== undefined && !values['cross-validate'])
    throw new TypeError('--with requires --cross-validate');
  const timeout = Number(values.timeout);
  const recordings = readCorpus(path);
  const outcomes = recordings.map((recording) => measure(recording, timeout));
  const tracesOf = (list: readonly Recording[]) => list.map((recording) => trace(recording, timeout));
  const traces = values['cross-validate'] || values.ablate ? tracesOf(recordings) : [];
  const other = values.with === undefined ? [] : tracesOf(readCorpus(values.with));
  const report = buildReport(outcomes, values['cross-validate'] ? crossValidate(traces, other) : null);
  if (values.plot !== undefined) writePlot(outcomes, report, values.plot);
  if (values.results !== undefined)
    writeFileSync(values.results, outcomes.map((o) => `${resultLine(o)}\n`).join(''));
  if (values.json) print(JSON.stringify(report, null, 2));
  else if (report.detector.recordings === 0) print(outcomes.map(resultLine).join('\n'));
  else print(`${formatMisses(outcomes)}\n\n${formatReport(report)}`);
  if (values.ablate) {
    const levelOnly = recordings.map((recording) => trace(recording, timeout, true));
    print(
      `\naccuracy, live called machine, machine called live (%), LIVE after the answer (median)\n${formatAblations(traces, levelOnly)}`,
    );
  }
}

function resultLine({ recording, verdict, wait }: Outcome): string {
  const { farEndType, kind, confidence, decidedAfterMs, evidence } = verdict;
  return JSON.stringify({
    file: recording.file,
    verdict: farEndType,
    kind,
    confidence,
    decidedAfterMs,
    beepAtMs: wait?.trigger === 'beep' ? wait.atMs : null,
    silenceAtMs: wait?.trigger === 'silence' ? wait.atMs : null,
    evidence,
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  run();
} catch (error) {
  if (
    !(
      error instanceof WavError ||
      error instanceof TypeError ||
      (error as { code?: string }).code === 'ENOENT'
    )
  )
    throw error;
  process.stderr.write(`lsd:eval: ${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}
