import type { AnyStateNode } from 'xstate/graph';
import { callMachine } from './machine.js';
import type { Ignores } from './setup.js';
import { DEFAULT_GUARDS } from './timers.js';

/** One row of the machine's table. */
interface Move {
  from: AnyStateNode;
  to: AnyStateNode | null;
  when: string;
  effects: string[];
}

const INTRODUCTION = `# The call machine

The life of one outbound call, generated from the machine itself (\`npm run diagram\` in
\`packages/call-machine\`). The machine decides; the effects are carried out by the worker. An arrow that
starts or ends inside a box is drawn at the box: the table has every step in full.
`;

const seconds = (milliseconds: number) => `${milliseconds / 1000} s`;

const TIMERS = `## Timers

| timer | runs from | for |
| --- | --- | --- |
| inviteGuard | \`dial\` | ${seconds(DEFAULT_GUARDS.inviteMs)} |
| secondsTimeout | the INVITE | the job's \`secondsTimeout\`; without end when it is null |
| mediaGuard | the answer | ${seconds(DEFAULT_GUARDS.mediaMs)} |
| lsdGuard | the answer | the job's \`lsdTimeoutMilliseconds\` and ${seconds(DEFAULT_GUARDS.lsdGraceMs)}; with \`TIMEOUT_FROM_ANSWER_DETECT\`, which does not count in-band ringing, ${seconds(DEFAULT_GUARDS.inBandRingingMs)} more |
| maxDuration | the answer | the job's \`maxDurationSeconds\` |
| releaseGuard | our CANCEL or BYE | ${seconds(DEFAULT_GUARDS.releaseMs)}: a silent peer holds a transaction for 32 s |
`;

/** `docs/call-machine.md`: the diagram, every transition with its effects, and every ignored event. */
export function describeMachine(): string {
  const nodes = descendants(callMachine.root);
  return [
    INTRODUCTION,
    '```mermaid',
    'stateDiagram-v2',
    ...drawStates(callMachine.root, movesOf(nodes)).map((line) => `  ${line}`),
    '```',
    '',
    '## What happens when',
    '',
    '| in | when | goes to | effects, in order |',
    '| --- | --- | --- | --- |',
    ...movesOf(nodes).map(
      ({ from, to, when, effects }) =>
        `| ${nameOf(from)} | ${when} | ${to === null ? 'stays' : nameOf(to)} | ${effects.join(', ')} |`,
    ),
    '',
    'On the way in and out:',
    '',
    '| state | on entry | on exit |',
    '| --- | --- | --- |',
    ...nodes
      .filter(({ entry, exit }) => effectsOf([...entry, ...exit]).length > 0)
      .map(
        (node) =>
          `| ${nameOf(node)} | ${effectsOf(node.entry).join(', ')} | ${effectsOf(node.exit).join(', ')} |`,
      ),
    '',
    TIMERS,
    '## What means nothing where',
    '',
    'Every event has an outcome in every state. These are expected in a state (a state inside it included) and',
    'change nothing there.',
    '',
    '| in | event | why |',
    '| --- | --- | --- |',
    ...nodes.flatMap((node) =>
      Object.entries(ignoresOf(node)).map(([event, why]) => `| ${nameOf(node)} | ${event} | ${why} |`),
    ),
    '',
  ].join('\n');
}

/** The events that a state node lists as meaningless. */
export function ignoresOf(node: AnyStateNode): Ignores {
  return (node.meta as { ignores: Ignores } | undefined)?.ignores ?? {};
}

/** A state's box and what is in it; of all moves, those between its direct children. */
function drawStates(node: AnyStateNode, moves: readonly Move[]): string[] {
  const children = Object.values(node.states);
  if (node.type === 'parallel')
    return children.flatMap((region, index) => [
      ...(index === 0 ? [] : ['--']),
      ...drawStates(region, moves),
    ]);
  return [
    `[*] --> ${idOf(node.initial.target[0] as AnyStateNode)}`,
    ...children.flatMap((child) =>
      Object.keys(child.states).length === 0
        ? [`state "${child.key}" as ${idOf(child)}`]
        : [`state "${child.key}" as ${idOf(child)} {`, ...drawStates(child, moves).map((l) => `  ${l}`), '}'],
    ),
    ...drawArrows(node, moves),
    ...children.filter(({ type }) => type === 'final').map((child) => `${idOf(child)} --> [*]`),
  ];
}

/** Arrows between the children of `node`, one for each pair, with all that leads along it. */
function drawArrows(node: AnyStateNode, moves: readonly Move[]): string[] {
  const labels = new Map<string, Set<string>>();
  for (const { from, to, when } of moves) {
    const ends = to === null ? undefined : [childOf(node, from), childOf(node, to)];
    if (ends?.[0] === undefined || ends[1] === undefined || ends[0] === ends[1]) continue;
    const arrow = `${idOf(ends[0])} --> ${idOf(ends[1])}`;
    labels.set(arrow, (labels.get(arrow) ?? new Set()).add(when.replaceAll('`', '')));
  }
  return [...labels].map(([arrow, whens]) => `${arrow} : ${[...whens].join('<br/>')}`);
}

/** The child of `node` that is `descendant` or holds it. */
function childOf(node: AnyStateNode, descendant: AnyStateNode): AnyStateNode | undefined {
  if (descendant.parent === node) return descendant;
  return descendant.parent === undefined ? undefined : childOf(node, descendant.parent);
}

function movesOf(nodes: readonly AnyStateNode[]): Move[] {
  return nodes.flatMap((from) => {
    const delays = new Map(from.after.map(({ eventType, delay }) => [eventType, `after ${String(delay)}`]));
    return [...[...from.transitions.values()].flat(), ...(from.always ?? [])].map((transition) => {
      const trigger = delays.get(transition.eventType) ?? transition.eventType;
      const guard = typeof transition.guard === 'string' ? `[${transition.guard}]` : '';
      const told = transition.description === undefined ? '' : `(${transition.description})`;
      return {
        from,
        to: transition.target?.[0] ?? null,
        when: [trigger, guard, told].filter((part) => part !== '').join(' '),
        effects: effectsOf(transition.actions),
      };
    });
  });
}

/** The named effects among actions; notes into the trace and raised events are the machine's own affair. */
function effectsOf(actions: readonly unknown[]): string[] {
  return actions
    .map((action) => (typeof action === 'string' ? action : (action as { type: string }).type))
    .filter((type) => !type.startsWith('xstate.'));
}

function descendants(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states).flatMap((child) => [child, ...descendants(child)]);
}

function nameOf(node: AnyStateNode): string {
  return node.path.join('.');
}

function idOf(node: AnyStateNode): string {
  return node.path.join('_');
}
