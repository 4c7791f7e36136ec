import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}
interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Array<{ expr: string; legendFormat: string }>;
}

const rules = (
  parse(read('deploy/prometheus/alerts.yaml')) as { groups: Array<{ rules: Rule[] }> }
).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('deploy/grafana/outdial.json')) as { panels: Panel[] };
const targets = dashboard.panels.flatMap(({ title, targets: all = [] }) =>
  all.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
);

/** Every metric of the page, and its labels. The page is held to what is exported by tests of the worker and of the gateway. */
const documented = new Map(
  [...read('docs/metrics.md').matchAll(/^\| `(outdial_\w+)(?:\{([\w,]+)\})?` \| (\w+) \|/gm)].map(
    ([, name = '', labels = '', kind = '']) =>
      [name, { kind, labels: labels.split(',').filter(Boolean) }] as const,
  ),
);
/** Labels that Prometheus adds to all. */
const ADDED = ['job', 'instance', 'le'];

function metricsOf(expr: string) {
  return [...expr.matchAll(/\b(outdial_\w+)(?:\{([^}]*)\})?/g)].map(([, series = '', matchers = '']) => {
    const isBucket = series.endsWith('_bucket');
    const name = isBucket ? series.slice(0, -'_bucket'.length) : series;
    const labels = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
    return { name, isBucket, labels };
  });
}

describe.each([
  ['the alert rules', rules.map(({ alert, expr }) => ({ title: alert, expr }))],
  ['the dashboard', targets],
])('%s', (_, expressions) => {
  it.each(expressions)('use metrics and labels that there are: $title: $expr', ({ expr }) => {
    const used = metricsOf(expr);
    if (!/\b(?:up\{|nodejs_)/.test(expr)) expect(used.length).toBeGreaterThan(0);
    for (const { name, isBucket, labels } of used) {
      const metric = documented.get(name);
      expect(metric, name).toBeDefined();
      expect(metric?.kind === 'histogram', `${name} is a histogram`).toBe(isBucket);
      for (const label of labels) expect([...(metric?.labels ?? []), ...ADDED], name).toContain(label);
    }
    const known = [...used.flatMap(({ name }) => documented.get(name)?.labels ?? []), ...ADDED];
    for (const [, by = ''] of expr.matchAll(/\bby \(([^)]*)\)/g))
      for (const label of by.split(',')) expect(known, expr).toContain(label.trim());
  });
});

it('counters are used by their rate or increase, and gauges are not', () => {
  for (const { expr } of [...rules, ...targets])
    for (const { name, isBucket } of metricsOf(expr)) {
      if (isBucket) continue;
      const isRated = new RegExp(`(?:rate|increase)\\(${name}\\b`).test(expr);
      expect(isRated, `${name} in ${expr}`).toBe(documented.get(name)?.kind === 'counter');
    }
});

it('every documented metric of Outdial is on the dashboard or in an alert', () => {
  const used = new Set([...rules, ...targets].flatMap(({ expr }) => metricsOf(expr).map(({ name }) => name)));
  const unused = [...documented.keys()].filter((name) => !used.has(name));
  // They say nothing that others there do not say, but for who looks closer.
  expect(unused).toEqual(['outdial_jobs_taken_total', 'outdial_recordings_total']);
});

it('each alert says what it is about, and how bad it is', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, labels, annotations } of rules) {
    expect(['warning', 'critical'], alert).toContain(labels.severity);
    expect(annotations.summary.length * annotations.description.length, alert).toBeGreaterThan(0);
  }
});

it('panels lie beside each other, and each legend names labels that there are', () => {
  const taken = new Set<string>();
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x} ${y}`), title).toBe(false);
        taken.add(`${x} ${y}`);
      }
  }
  for (const { title, expr, legendFormat } of targets) {
    const known = [...metricsOf(expr).flatMap(({ name }) => documented.get(name)?.labels ?? []), ...ADDED];
    for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(known, title).toContain(label);
  }
});

it.runIf(hasPromtool)('promtool accepts the alert rules', () => {
  const file = fileURLToPath(new URL('../prometheus/alerts.yaml', import.meta.url));
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  expect(status, `${stdout}${stderr}`).toBe(0);
});
