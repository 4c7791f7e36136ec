import type { CallEvent, NetworkToneKind } from '@outdial/contract';
import type { TrackedCall } from './call-list.js';
import { colours } from './colours.js';
import {
  colourState,
  formatCause,
  formatClock,
  formatDestination,
  formatRawCause,
  formatSeconds,
  formatVerdict,
  formatWait,
} from './format.js';

const NETWORK_TONE_NAMES: Readonly<Record<NetworkToneKind, string>> = {
  ringback: 'ringback tone',
  busy: 'busy tone',
  congestion: 'congestion tone',
  sit: 'special information tones',
};

/** A call event as a line of text. `call` provides the destination. */
export function eventLine(event: CallEvent, call: TrackedCall): string {
  const destination = call.callTo === '' ? [] : [formatDestination(call.callTo)];
  return [colours.dim(formatClock(event.at)), event.jobId, ...destination, ...describe(event)].join('  ');
}

function describe(event: CallEvent): string[] {
  switch (event.type) {
    case 'calling':
      return [colourState('CALLING', 'CALLING')];
    case 'ringing':
      return [
        colourState('RINGING', 'RINGING'),
        event.earlyMedia ? `${event.sipStatus}, early media` : String(event.sipStatus),
      ];
    case 'networkTone':
      return ['heard', NETWORK_TONE_NAMES[event.kind]];
    case 'answered':
      return [colourState('ANSWERED', 'ANSWERED'), event.codec ?? 'unknown codec'];
    case 'verdict':
      return ['verdict', formatVerdict(event.verdict), event.verdict.evidence];
    case 'revised':
      return ['verdict revised', formatVerdict(event.verdict), event.verdict.evidence];
    case 'waitEnded':
      return ['wait ended', formatWait(event), `at ${formatSeconds(event.atMs)}`];
    case 'stepStarted':
      return [`step ${event.index}`, event.step, 'started'];
    case 'stepEnded':
      return [
        `step ${event.index}`,
        event.step,
        event.outcome,
        ...(event.error === null ? [] : [`${event.error.code}: ${event.error.message}`]),
      ];
    case 'commandEnded':
      return [
        'command ended',
        event.commandId,
        ...event.steps.map(({ step, outcome }) => `${step} ${outcome}`),
      ];
    case 'notified':
      return ['notified', event.name, JSON.stringify(event.data)];
    case 'recordingStarted':
      return ['recording', event.path];
    case 'recordingEnded':
      return event.error === null
        ? ['recorded', event.path, formatSeconds(event.durationMs ?? 0)]
        : ['recording failed', event.path, `${event.error.code}: ${event.error.message}`];
    case 'leg':
      return [
        'leg',
        event.leg.callTo,
        event.leg.state.toLowerCase(),
        ...(event.leg.cause === 'NORMAL' ? [] : [event.leg.cause]),
      ];
    case 'result': {
      const { state, rawCause } = event.result;
      return ['result', colourState(state, state), formatCause(event.result), formatRawCause(rawCause)];
    }
    case 'ended':
      return [
        'ended',
        formatCause(event.ended),
        `by ${event.ended.endedBy}`,
        `up for ${formatSeconds(event.ended.durationMs)}`,
      ];
  }
}
