import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toWav } from '../../synthetic-calls/wav.js';
import type { Outcome } from '../measure.js';
import type { Report } from '../report.js';
import { pageData } from './page-data.js';

/** From dist/tools/eval/plot. */
const ASSETS = new URL('../../../../eval/plot/assets/', import.meta.url);

/**
 * Writes `index.html`, a page that shows the report and each recording, and `audio/`, the recordings as the detector
 * received them. The page needs no server.
 */
export function writePlot(outcomes: readonly Outcome[], report: Report, folder: string): void {
  const data = pageData(outcomes, report);
  mkdirSync(join(folder, 'audio'), { recursive: true });
  data.recordings.forEach(({ audio }, n) => {
    writeFileSync(join(folder, audio), toWav((outcomes[n] as Outcome).recording.samples));
  });
  const asset = (name: string) => readFileSync(new URL(name, ASSETS), 'utf8');
  const parts: Record<string, string> = {
    STYLE: asset('page.css'),
    SCRIPT: asset('page.js'),
    // A file name must not end the script element.
    DATA: JSON.stringify(data).replaceAll('<', '\\u003c'),
  };
  const page = asset('page.html').replaceAll(
    /(?:"|\/\*)\$(\w+)\$(?:"|\*\/)/g,
    (_, name: string) => parts[name] ?? '',
  );
  writeFileSync(join(folder, 'index.html'), page);
}
