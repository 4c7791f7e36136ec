import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LsdEvent } from '../src/index.js';
import type { Outcome } from './measure.js';

import { isRight, scoredOf } from './score.js';

const WIDTH = 1200;
const HEIGHT = 90;
const COLOURS: Record<string, string> = { speech: '#7fb3e6', music: '#d9b3ff', click: '#ccc' };
const TONE_COLOUR = '#f2b84b';

/** Writes `index.html` to a folder: each recording's waveform, the labels and the detector's events; misses first. */
export function plot(outcomes: readonly Outcome[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  const sorted = [...outcomes].sort(
    (a, b) => rank(a) - rank(b) || a.recording.file.localeCompare(b.recording.file),
  );
  writeFileSync(join(folder, 'index.html'), page(sorted.map(section).join('\n')));
}

function rank(outcome: Outcome): number {
  return outcome.recording.label !== null && isRight(scoredOf(outcome)) ? 1 : 0;
}

function page(body: string): string {
  return `<!doctype html><meta charset="utf-8"><title>Live speaker detection</title>
<style>body{font:14px system-ui;margin:24px;max-width:1240px}svg{display:block;background:#fafafa;border:1px solid #ddd}
h2{font-size:14px;margin:18px 0 4px}.wrong{color:#b00020}.right{color:#1b7f3b}p{margin:2px 0;color:#444}</style>
<h1>Live speaker detection</h1>
<p>Top band: labels. Bottom band: what the detector heard (blue speech, amber tones). The line is the verdict.</p>
${body}`;
}

function section(outcome: Outcome): string {
  const { recording, verdict, revised } = outcome;
  const is = rank(outcome) === 1 ? 'right' : 'wrong';
  const label = recording.label ?? 'no label';
  const later = revised === null ? '' : ` Revised after ${revised.decidedAfterMs} ms: ${revised.farEndType}.`;
  return `<section><h2 class="${is}">${escapeHtml(recording.file)}: ${verdict.farEndType} (${verdict.kind}), label ${label}</h2>
<p>After ${verdict.decidedAfterMs} ms, confidence ${verdict.confidence}: ${escapeHtml(verdict.evidence)}.${later}</p>${drawing(outcome)}</section>`;
}

function drawing({ recording, verdict, events }: Outcome): string {
  const lengthMs = recording.samples.length / 8;
  const x = (ms: number) => ((ms / lengthMs) * WIDTH).toFixed(1);
  const band = (startMs: number, endMs: number, y: number, colour: string) =>
    `<rect x="${x(startMs)}" y="${y}" width="${((Math.max(20, endMs - startMs) / lengthMs) * WIDTH).toFixed(1)}" height="8" fill="${colour}"/>`;
  const labels = recording.events.map((e) => band(e.startMs, e.endMs, 0, COLOURS[e.type] ?? TONE_COLOUR));
  const heard = events.flatMap((event) => {
    const span = spanOf(event);
    return span === null ? [] : [band(span.startMs, span.endMs, HEIGHT - 8, span.colour)];
  });
  const at = x(verdict.decidedAfterMs);
  return `<svg width="${WIDTH}" height="${HEIGHT}">${waveform(recording.samples)}${labels.join('')}${heard.join('')}<line x1="${at}" x2="${at}" y1="0" y2="${HEIGHT}" stroke="#b00020"/></svg>`;
}

function spanOf(event: LsdEvent): { startMs: number; endMs: number; colour: string } | null {
  if (event.type === 'speechEnded')
    return { startMs: event.atMs - event.durationMs, endMs: event.atMs, colour: COLOURS.speech as string };
  if (
    event.type === 'verdict' ||
    event.type === 'revised' ||
    !('durationMs' in event) ||
    event.type === 'toneEnded'
  )
    return null;
  return { startMs: event.atMs - event.durationMs, endMs: event.atMs, colour: TONE_COLOUR };
}

/** Levels rather than amplitudes: what is quiet shows too. */
function waveform(samples: Int16Array): string {
  const points: string[] = [];
  for (let column = 0; column < WIDTH; column += 2) {
    const from = Math.floor((column / WIDTH) * samples.length);
    const to = Math.max(from + 1, Math.floor(((column + 2) / WIDTH) * samples.length));
    let peak = 1;
    for (let n = from; n < to; n++) peak = Math.max(peak, Math.abs(samples[n] ?? 0));
    const half = Math.max(0.5, ((20 * Math.log10(peak / 32768) + 75) / 75) * (HEIGHT / 2 - 12));
    points.push(`M${column} ${(HEIGHT / 2 - half).toFixed(1)}V${(HEIGHT / 2 + half).toFixed(1)}`);
  }
  return `<path d="${points.join('')}" stroke="#666" fill="none"/>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
