/** `lsd:eval`: measures the detector on a folder of recordings. The usage is below. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatAblations } from './ablation.js';
import { type Recording, readCorpus } from './corpus.js';
import { crossValidate } from './cross-validation.js';
import { measure, type Outcome } from './measure.js';
import { plot } from './plot.js';
import { formatMisses, formatReport, reportOf } from './report.js';
import { trace } from './trace.js';
import { WavError } from './wav.js';

const USAGE = `usage: lsd:eval DIR|FILE.wav [--json] [--plot DIR] [--results FILE]
                [--cross-validate [--with DIR]] [--ablate] [--timeout MS]

DIR holds WAV files and, to score them, a manifest.jsonl. A single WAV may have any rate.
  --json            the report as JSON
  --plot DIR        writes DIR/index.html: waveforms, events, verdict against label
  --results FILE    writes a JSON line a recording
  --cross-validate  also fits the timing on four fifths of the voices and judges the rest, in turn
  --with DIR        labelled calls of other voices, to which the timing is fitted as well
  --ablate          also shows what each kind of evidence brings
  --timeout MS      lsdTimeoutMilliseconds; default 5000
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
    },
  });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new TypeError('one folder or WAV file is needed');
  if (values.with !== undefined && !values['cross-validate'])
    throw new TypeError('--with is for --cross-validate');
  const timeout = Number(values.timeout);
  const recordings = readCorpus(path);
  const outcomes = recordings.map((recording) => measure(recording, timeout));
  const tracesOf = (heard: readonly Recording[]) => heard.map((recording) => trace(recording, timeout));
  const traces = values['cross-validate'] || values.ablate ? tracesOf(recordings) : [];
  const other = values.with === undefined ? [] : tracesOf(readCorpus(values.with));
  const report = reportOf(outcomes, values['cross-validate'] ? crossValidate(traces, other) : null);
  if (values.plot !== undefined) plot(outcomes, values.plot);
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
