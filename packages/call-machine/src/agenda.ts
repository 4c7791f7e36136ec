import { type PlanStep, type StepReport, stepsFor } from '@outdial/contract';
import type { CallTerms } from './timers.js';
import type { CallTrace } from './trace.js';

/** Ended commands that a call remembers: a repeated request for an older one would be taken for a new one. */
const COMMANDS_MAX = 200;

/** What the campaign app has asked of a call. */
export interface Command {
  id: string;
  steps: readonly PlanStep[];
  /** The index of the first of its steps in the call. */
  firstIndex: number;
  /** Null: its steps are being taken. */
  reports: readonly StepReport[] | null;
}

/** Which steps are still to come, and what the app has asked for. */
export interface Agenda {
  /** The steps of the plan that have not begun; null: none has, and the verdict will choose them. */
  rest: readonly PlanStep[] | null;
  /** Whether the plan's `immediately` has begun. */
  hasSpokenAtOnce: boolean;
  /** In the order in which they were taken; at most one runs. */
  commands: readonly Command[];
}

export const BLANK_AGENDA: Agenda = { rest: null, hasSpokenAtOnce: false, commands: [] };

/** The plan begins, from the first step for who has answered. */
export function planChosen(agenda: Agenda, { onAnswered }: CallTerms, { verdict }: CallTrace): Agenda {
  return { ...agenda, rest: stepsFor(onAnswered, verdict?.farEndType ?? 'UNKNOWN') };
}

export function commandTaken(
  agenda: Agenda,
  { commandId, steps }: { commandId: string; steps: readonly PlanStep[] },
  { steps: taken }: CallTrace,
): Agenda {
  return withCommand(agenda, { id: commandId, steps, firstIndex: taken.length, reports: null });
}

/** A step was to end: done at once. */
export function stepEndTaken(agenda: Agenda, commandId: string, { steps }: CallTrace): Agenda {
  return withCommand(agenda, { id: commandId, steps: [], firstIndex: steps.length, reports: [] });
}

/** The command that runs has ended, or others take its place. */
export function commandEnded(agenda: Agenda, { steps }: CallTrace): Agenda {
  const ended = (command: Command) =>
    command.reports === null ? { ...command, reports: steps.slice(command.firstIndex) } : command;
  return { ...agenda, commands: agenda.commands.map(ended) };
}

export function commandOf({ commands }: Agenda, commandId: string): Command | undefined {
  return commands.find(({ id }) => id === commandId);
}

/** The command whose steps are being taken. */
export function runningCommand({ commands }: Agenda): Command | undefined {
  return commands.find(({ reports }) => reports === null);
}

function withCommand(agenda: Agenda, command: Command): Agenda {
  return { ...agenda, commands: [...agenda.commands, command].slice(-COMMANDS_MAX) };
}
