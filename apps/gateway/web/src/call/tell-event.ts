import type { CallEvent, RecordingReport, StepReport, Verdict } from '@outdial/contract';
import { formatDuration, words } from '../ui/format.js';

/** An event in words. */
export function tellEvent(event: CallEvent): { title: string; detail: string } {
  switch (event.type) {
    case 'calling':
      return { title: 'Calling', detail: event.callTo };
    case 'ringing':
      return {
        title: 'Ringing',
        detail: `${event.sipStatus}${event.earlyMedia ? ', with early media' : ''}`,
      };
    case 'networkTone':
      return { title: 'Network tone', detail: event.kind };
    case 'answered':
      return { title: 'Answered', detail: event.codec ?? '' };
    case 'verdict':
      return { title: 'Verdict', detail: tellVerdict(event.verdict) };
    case 'revised':
      return { title: 'Verdict revised', detail: tellVerdict(event.verdict) };
    case 'stepStarted':
      return { title: 'Step started', detail: event.step };
    case 'stepEnded':
      return { title: 'Step ended', detail: tellStep(event) };
    case 'notified':
      return { title: `Notified: ${event.name}`, detail: briefly(event.data) };
    case 'result': {
      const { state, cause, error } = event.result;
      return {
        title: 'Result',
        detail: error?.message ?? (state === 'ANSWERED' ? 'answered' : words(cause)),
      };
    }
    case 'ended':
      return { title: 'Ended', detail: event.ended.error?.message ?? `by ${words(event.ended.endedBy)}` };
    case 'waitEnded':
      return { title: 'Wait for the machine ended', detail: event.trigger };
    case 'commandEnded':
      return { title: 'Command ended', detail: event.steps.map(tellStep).join(', ') };
    case 'recordingStarted':
      return { title: `Recording ${event.name} started`, detail: event.path };
    case 'recordingEnded':
      return { title: `Recording ${event.name} ended`, detail: tellRecording(event) };
    case 'leg': {
      const { callTo, state, cause } = event.leg;
      const why = cause === 'NORMAL' ? '' : ` (${words(cause)})`;
      return { title: `Leg to ${callTo}`, detail: `${words(state)}${why}` };
    }
  }
}

function tellStep({ step, outcome, error }: Pick<StepReport, 'step' | 'outcome' | 'error'>): string {
  return `${step}: ${error?.message ?? outcome}`;
}

function tellRecording({ durationMs, isComplete, error }: RecordingReport): string {
  if (error !== null) return error.message;
  const length = durationMs === null ? 'of an unknown length' : formatDuration(durationMs);
  return isComplete ? length : `${length}, not complete`;
}

function tellVerdict({ farEndType, kind, confidence }: Verdict): string {
  return `${words(farEndType)} (${words(kind)}), ${Math.round(confidence * 100)} % certain`;
}

function briefly(data: object): string {
  return Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
