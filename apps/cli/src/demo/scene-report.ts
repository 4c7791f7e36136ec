import type { CallResult, EndedRecord } from '@outdial/contract';
import { colours } from '../render/colours.js';
import { deviations } from './demo-jobs.js';
import type { Scene } from './demo-scenes.js';

/** A scene, and what became of it. */
export interface CheckedScene {
  scene: Scene;
  ended: EndedRecord | null;
  /** What its plan did, in words. */
  did: string | null;
  deviations: readonly string[];
}

export function checkScene(
  scene: Scene,
  results: readonly CallResult[],
  ended: EndedRecord | null,
): CheckedScene {
  const did = ended === null ? null : scene.tell(ended);
  const isRecorded = ended?.recordings.every(({ isComplete }) => isComplete) ?? false;
  return {
    ...{ scene, ended, did },
    deviations: [
      ...deviations(scene, results),
      ...(ended === null ? ['it has not ended'] : []),
      ...(ended !== null && did === null ? [`its plan did not do that: ${stepsOf(ended)}`] : []),
      ...(ended !== null && !isRecorded ? ['its recording is not complete'] : []),
    ],
  };
}

/** Three lines a scene: what it is, what it did and on whose media, and where its recording is. */
export function sceneLines(scenes: readonly CheckedScene[]): string[] {
  return [
    '',
    colours.bold('What plans did with calls that were answered'),
    ...scenes.flatMap(({ scene, ended, did, deviations: found }) => [
      `${found.length === 0 ? colours.green('✓') : colours.red('✗')} ${scene.title} (${scene.job.callTo}): ${did ?? found.join('; ')}`,
      ...(ended === null ? [] : [`    ${mediaOf(ended)}`]),
      ...(ended?.recordings ?? []).map(({ path }) => `    recording: ${path}`),
    ]),
  ];
}

/** The worker's own media measures its quality, FreeSWITCH's does not. */
function mediaOf({ quality }: EndedRecord): string {
  if (quality === null) return "media: the lab's FreeSWITCH";
  return `media: the worker, mean opinion score ${quality.mos?.toFixed(1) ?? 'unknown'}`;
}

function stepsOf({ steps }: EndedRecord): string {
  return steps
    .map(({ step, outcome, error }) => [step, outcome, error?.code].filter(Boolean).join(' '))
    .join(', ');
}
