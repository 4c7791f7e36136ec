import { type PlanStep, type StepReport, stepsFor } from '@outdial/contract';
import type { CallTerms } from './timers.js';
import { type CallTrace, stepCount } from './trace.js';

/** Ended commands that a call remembers: a repeated request for an older one would be taken for a new one. */
const COMMANDS_MAX = 200;

/** What the campaign app has asked of a call. */
export interface Command {
  id: string;
  steps: readonly PlanStep[];
  /** The index of the first of its steps in the call. */
  firstIndex: number;
  /** Whether its step is taken beside those that run. */
  isBeside: boolean;
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
  /** The indices of the steps that were taken beside others. */
  besides: readonly number[];
}

export const BLANK_AGENDA: Agenda = { rest: null, hasSpokenAtOnce: false, commands: [], besides: [] };

/** The plan begins, from the first step for who has answered. */
export function planChosen(agenda: Agenda, { onAnswered }: CallTerms, { verdict }: CallTrace): Agenda {
  return { ...agenda, rest: stepsFor(onAnswered, verdict?.farEndType ?? 'UNKNOWN') };
}

export function commandTaken(
  agenda: Agenda,
  { commandId, steps }: { commandId: string; steps: readonly PlanStep[] },
  trace: CallTrace,
): Agenda {
  const firstIndex = stepCount(trace);
  return withCommand(agenda, { id: commandId, steps, firstIndex, isBeside: false, reports: null });
}

/** A step was to end: done at once. */
export function stepEndTaken(agenda: Agenda, commandId: string, trace: CallTrace): Agenda {
  const firstIndex = stepCount(trace);
  return withCommand(agenda, { id: commandId, steps: [], firstIndex, isBeside: false, reports: [] });
}

/** A step is to be taken beside those that run. */
export function besideTaken(
  agenda: Agenda,
  { commandId, step }: { commandId: string; step: PlanStep },
  trace: CallTrace,
): Agenda {
  const firstIndex = stepCount(trace);
  return withCommand(agenda, { id: commandId, steps: [step], firstIndex, isBeside: true, reports: null });
}

/** It has been taken. */
export function besideEnded(agenda: Agenda, commandId: string, report: StepReport): Agenda {
  const ended = (command: Command) =>
    command.id === commandId ? { ...command, reports: [report] } : command;
  return {
    ...agenda,
    commands: agenda.commands.map(ended),
    besides: [...agenda.besides, report.index],
  };
}

/** The command that runs has ended, or others take its place. */
export function commandEnded(agenda: Agenda, { steps }: CallTrace): Agenda {
  const isOf = ({ firstIndex }: Command, { index }: StepReport) =>
    index >= firstIndex && !agenda.besides.includes(index);
  const ended = (command: Command) =>
    isRunning(command) ? { ...command, reports: steps.filter((step) => isOf(command, step)) } : command;
  return { ...agenda, commands: agenda.commands.map(ended) };
}

export function commandOf({ commands }: Agenda, commandId: string): Command | undefined {
  return commands.find(({ id }) => id === commandId);
}

/** The command whose steps are being taken. */
export function runningCommand({ commands }: Agenda): Command | undefined {
  return commands.find(isRunning);
}

function isRunning({ reports, isBeside }: Command): boolean {
  return reports === null && !isBeside;
}

function withCommand(agenda: Agenda, command: Command): Agenda {
  const kept = agenda.commands.slice(-COMMANDS_MAX);
  const running = runningCommand(agenda);
  const isForgotten = running !== undefined && !kept.includes(running);
  return { ...agenda, commands: [...(isForgotten ? [running] : []), ...kept, command] };
}
