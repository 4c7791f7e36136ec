import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Metrics } from '../../src/telemetry/metrics.js';

const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');

it('docs/metrics.md has every metric of a worker, with its labels and kind', async () => {
  const [, ofWorker = ''] = /^## Of a worker$(.*?)^## /ms.exec(page) ?? [];
  const documented = [...ofWorker.matchAll(/^\| `(\w+)(?:\{([\w,]+)\})?` \| (\w+) \|/gm)].map(
    ([, name, labels = '', kind]) => ({ name, kind, labels: labels.split(',').filter(Boolean) }),
  );
  const metrics = new Metrics();
  metrics.watchServers(() => []);
  const exported = metrics.registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith('outdial_'))
    .map((metric) => {
      const { name, type, labelNames } = metric as unknown as {
        name: string;
        type: string;
        labelNames: string[];
      };
      return { name, kind: type, labels: labelNames };
    });
  expect(exported.length).toBeGreaterThan(10);
  const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) =>
    String(a.name).localeCompare(String(b.name));
  expect(documented.sort(byName)).toEqual(exported.sort(byName));
});
