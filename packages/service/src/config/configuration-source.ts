import { readFileSync } from 'node:fs';
import { OutdialError } from '@outdial/contract';
import { isMap, isScalar, LineCounter, type Node, parseDocument, visit, type YAMLMap } from 'yaml';
import { resolveReferences } from './references.js';
import { findUnquotedValue } from './unquoted-values.js';

/** Keys and indexes that lead to a field: `['telephony', 'drachtio', 0, 'secret']`. */
export type FieldPath = readonly PropertyKey[];

/** An unchecked configuration, and where each of its values came from. */
export interface ConfigurationSource {
  content: Record<string, unknown>;
  /** `outdial.yaml:12`, `OUTDIAL_DRACHTIO`, or null where the value has no place of its own. */
  locate(path: FieldPath): string | null;
}

const EMPTY: ConfigurationSource = { content: {}, locate: () => null };

/**
 * Reads the YAML file that `OUTDIAL_CONFIG` names; without it the configuration is empty. `${NAME}` and `${file:PATH}` in
 * its texts stand for environment variables and files. Throws `INVALID_CONFIGURATION`.
 */
export function readConfigurationFile(env: NodeJS.ProcessEnv): ConfigurationSource {
  const path = env.OUTDIAL_CONFIG;
  if (path === undefined) return EMPTY;
  const lines = new LineCounter();
  const text = read(path);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => `${path}:${lines.linePos(offset).line}`;
  const unquoted = findUnquotedValue(text);
  if (unquoted !== null)
    throw invalid(
      `${lineOf(unquoted)}: a value that starts with *, & or ! must be quoted (aliases, anchors and tags are not supported)`,
    );
  const [error] = document.errors;
  // The parser's own message may quote the line, and a secret with it.
  if (error !== undefined) throw invalid(`${lineOf(error.pos[0])}: is not YAML (${error.code})`);
  if (document.contents === null) throw invalid(`${path}: the file is empty`);
  if (!isMap(document.contents)) throw invalid(`${path}: the file must hold a mapping of sections`);
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value !== 'string') return;
      const resolved = resolveReferences(node.value, env);
      if ('problem' in resolved) throw invalid(`${lineOf(node.range?.[0] ?? 0)}: ${resolved.problem}`);
      node.value = resolved.text;
    },
  });
  const root = document.contents as YAMLMap;
  return {
    content: document.toJS() as Record<string, unknown>,
    locate: (field) => {
      const node = nodeAt(root, field);
      return node?.range ? lineOf(node.range[0]) : null;
    },
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(`${path}: cannot be read: ${(error as Error).message}`);
  }
}

/** The node of a field, or of the nearest one around it; of a field in a mapping its key, which may be misspelt. */
function nodeAt(root: YAMLMap, path: FieldPath): Node | null {
  let found: Node | null = null;
  let at: unknown = root;
  for (const key of path) {
    if (isMap(at)) {
      const pair = at.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) break;
      found = pair.key as Node;
      at = pair.value;
    } else {
      at = (at as { get?: (key: unknown, keepScalar: boolean) => unknown } | null)?.get?.(key, true);
      if (at === undefined || at === null) break;
      found = at as Node;
    }
  }
  return found;
}

export function invalid(message: string): OutdialError {
  return new OutdialError('INVALID_CONFIGURATION', message);
}
