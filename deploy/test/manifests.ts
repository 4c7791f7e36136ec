import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'deploy/kubernetes');
const TYPES = join(ROOT, 'node_modules/kubernetes-types');

export interface Manifest {
  apiVersion: string;
  kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: its type depends on its kind, and `typeErrors` checks it.
  [field: string]: any;
}

/** All manifests of deploy/kubernetes. */
export function readManifests(): Manifest[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
    .flatMap((file) => parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')))
    .map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return document.toJS() as Manifest;
    });
}

/** The files that kustomization.yaml applies. */
export function appliedFiles(): string[] {
  const { resources } = parse(readFileSync(join(FOLDER, 'kustomization.yaml'), 'utf8')) as {
    resources: string[];
  };
  return resources;
}

/** The fields of KEDA's ScaledObject that are in use (keda.sh/v1alpha1); the behaviour is Kubernetes' own type. */
const SCALED_OBJECT = `interface ScaledObject {
  apiVersion: 'keda.sh/v1alpha1';
  kind: 'ScaledObject';
  metadata: ObjectMeta;
  spec: {
    scaleTargetRef: { name: string; kind?: string; apiVersion?: string };
    minReplicaCount?: number;
    maxReplicaCount?: number;
    pollingInterval?: number;
    cooldownPeriod?: number;
    advanced?: { horizontalPodAutoscalerConfig?: { behavior?: HorizontalPodAutoscalerBehavior } };
    triggers: { type: 'redis'; metadata: Record<'address' | 'listName' | 'listLength', string> }[];
  };
}`;

/**
 * What the TypeScript compiler says of the manifests as values of the API's types: unknown fields, missing fields and wrong
 * types. Empty when they are valid.
 */
export function typeErrors(manifests: readonly Manifest[]): string {
  const imports = new Set([
    importOf('meta/v1', 'ObjectMeta'),
    importOf('autoscaling/v2', 'HorizontalPodAutoscalerBehavior'),
  ]);
  const values = manifests.map((manifest, n) => {
    const { apiVersion, kind } = manifest;
    if (kind !== 'ScaledObject') {
      imports.add(importOf(apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`, kind));
    }
    return `export const manifest${n}: ${kind} = ${JSON.stringify(manifest, null, 2)};`;
  });
  const folder = mkdtempSync(join(tmpdir(), 'outdial-manifests-'));
  try {
    const file = join(folder, 'manifests.ts');
    writeFileSync(file, [...imports, SCALED_OBJECT, ...values].join('\n'));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const compilerOptions = { noEmit: true, strict: true, module: 'preserve', types: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    return status === 0 ? '' : stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function importOf(module: string, type: string): string {
  return `import type { ${type} } from '${TYPES}/${module}';`;
}
