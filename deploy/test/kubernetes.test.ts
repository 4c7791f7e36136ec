import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CallQueue } from '@outdial/client';
import { startRedis } from '@outdial/testkit';
import { parseWorkerConfiguration } from '@outdial/worker';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { appliedFiles, type Manifest, readManifests, typeErrors } from './manifests.js';

const manifests = readManifests();
const find = (kind: string) => {
  const found = manifests.find((manifest) => manifest.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
};
const pod = () => find('Deployment').spec.template.spec;
const worker = () => pod().containers[0];
const variable = (name: string): string =>
  worker().env.find((entry: { name: string }) => entry.name === name)?.value;

describe('deploy/kubernetes', () => {
  it('has only fields that the API knows, with values of their types', { timeout: 120_000 }, () => {
    expect(typeErrors(manifests)).toBe('');
  });

  it.each<[string, (deployment: Manifest) => void, string]>([
    [
      'a misspelt field',
      ({ spec }) => Object.assign(spec.template.spec, { restartPolciy: 'Always' }),
      'restartPolciy',
    ],
    [
      'a wrong type',
      ({ spec }) => Object.assign(spec.template.spec, { terminationGracePeriodSeconds: '90' }),
      'number',
    ],
  ])('is checked: %s is found', { timeout: 120_000 }, (_, breakIt, says) => {
    const broken = structuredClone(find('Deployment'));
    breakIt(broken);
    expect(typeErrors([broken])).toContain(says);
  });

  it('applies files that exist, and no Secret', () => {
    for (const file of appliedFiles())
      expect(existsSync(fileURLToPath(new URL(`../kubernetes/${file}`, import.meta.url))), file).toBe(true);
    expect(appliedFiles().filter((file) => file.includes('secret'))).toEqual([]);
    expect(Object.values(find('Secret').stringData).filter((value) => value !== '')).toEqual([]);
  });

  it('gives a worker longer to end than its calls may go on', () => {
    expect(pod().terminationGracePeriodSeconds).toBeGreaterThan(Number(variable('OUTDIAL_DRAIN_SECONDS')));
  });

  it('has a configuration that a worker takes, with the servers of the Secret', () => {
    const file = parse(find('ConfigMap').data['outdial.yaml']);
    const server = { host: '127.0.0.1', secret: 'secret' };
    const telephony = { ...file.telephony, drachtio: [server], freeswitch: [server] };
    expect(() => parseWorkerConfiguration({ ...file, telephony })).not.toThrow();
    expect(Object.keys(find('Secret').stringData)).toEqual([
      'OUTDIAL_REDIS_URL',
      'OUTDIAL_DRACHTIO',
      'OUTDIAL_FREESWITCH',
    ]);
  });

  it('probes what the worker serves', () => {
    const health = worker().ports[0].containerPort;
    expect(health).toBe(9090);
    expect(worker().livenessProbe.httpGet.path).toBe('/livez');
    expect(worker().readinessProbe.httpGet.path).toBe('/readyz');
    expect(variable('OUTDIAL_HEALTH_HOST')).toBe('0.0.0.0');
  });

  it('scales the Deployment by the list of jobs that wait', async () => {
    const { scaleTargetRef, triggers } = find('ScaledObject').spec;
    expect(scaleTargetRef.name).toBe(find('Deployment').metadata.name);
    const server = await startRedis();
    const queue = new CallQueue({ redis: server.url });
    const redis = new Redis(server.url);
    try {
      await queue.addBulk([{ callTo: 'sip:a@lab' }, { callTo: 'sip:b@lab' }]);
      expect(await redis.llen(triggers[0].metadata.listName)).toBe(2);
    } finally {
      redis.disconnect();
      await queue.close();
      await server.close();
    }
  });
});
