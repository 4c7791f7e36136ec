import type { PlanStep } from './plan-step.js';
import type { Source, Sources } from './steps/source.js';
import { fillText, type ValueLookup, type ValuePlace } from './values.js';

/** Takes a text of a step in which values may stand, and gives what is to stand there. */
export type TextMap = (text: string, place: ValuePlace, path: readonly PropertyKey[]) => string;

/** A step whose texts in which values may stand are replaced. Its branches stay as they are. */
export function mapTexts(step: PlanStep, map: TextMap): PlanStep {
  switch (step.step) {
    case 'play':
      return { ...step, source: mapSources(step.source, ['source'], map) };
    case 'say':
      return { ...step, text: map(step.text, 'text', ['text']) };
    case 'gather':
      return step.prompt === undefined ? step : { ...step, prompt: mapSources(step.prompt, ['prompt'], map) };
    case 'bridge':
      return {
        ...step,
        ringback: step.ringback === null ? null : mapSources(step.ringback, ['ringback'], map),
        ...(step.whisper === undefined ? {} : { whisper: mapSources(step.whisper, ['whisper'], map) }),
        headers: mapRecord(step.headers, 'header', 'headers', map),
      };
    case 'transfer':
      return {
        ...step,
        ringback: step.ringback === null ? null : mapSources(step.ringback, ['ringback'], map),
        headers: mapRecord(step.headers, 'header', 'headers', map),
      };
    case 'stream':
      return {
        ...step,
        headers: mapRecord(step.headers, 'header', 'headers', map),
        parameters: mapRecord(step.parameters, 'parameter', 'parameters', map),
      };
    case 'notify':
      return { ...step, data: mapJson(step.data, ['data'], map) as typeof step.data };
    default:
      return step;
  }
}

/** A step with the values that its texts name. Throws as `fillText` does. */
export function fillStep(step: PlanStep, lookup: ValueLookup): PlanStep {
  return mapTexts(step, (text, place) => fillText(text, place, lookup));
}

function mapSources(sources: Sources, path: readonly PropertyKey[], map: TextMap): Sources {
  return Array.isArray(sources)
    ? sources.map((source, index) => mapSource(source, [...path, index], map))
    : mapSource(sources, path, map);
}

function mapSource(source: Source, path: readonly PropertyKey[], map: TextMap): Source {
  return typeof source === 'string'
    ? map(source, 'source', path)
    : { ...source, say: map(source.say, 'text', [...path, 'say']) };
}

function mapRecord(
  texts: Readonly<Record<string, string>>,
  place: ValuePlace,
  field: string,
  map: TextMap,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, map(text, place, [field, name])]),
  );
}

function mapJson(json: unknown, path: readonly PropertyKey[], map: TextMap): unknown {
  if (typeof json === 'string') return map(json, 'text', path);
  if (Array.isArray(json)) return json.map((one, index) => mapJson(one, [...path, index], map));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, one]) => [name, mapJson(one, [...path, name], map)]),
  );
}
