import type { CallEvent, Verdict } from '@outdial/contract';
import { words } from '../ui/format.js';

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
      return { title: 'Step ended', detail: `${event.step}: ${event.error?.message ?? event.outcome}` };
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
    default: {
      const {
        jobId: _,
        callId: __,
        workerId: ___,
        lane: ____,
        label: _____,
        at: ______,
        type,
        ...more
      } = event;
      return { title: type, detail: briefly(more) };
    }
  }
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
