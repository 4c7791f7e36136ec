import type { CallEvent } from '@outdial/contract';
import pc from 'picocolors';
import type { CallRow } from './call-board.js';
import {
  causeText,
  clockText,
  destinationText,
  paintState,
  rawCauseText,
  seconds,
  verdictText,
  waitText,
} from './words.js';

/** A call event as one line of text, for output that cannot be redrawn. `row` tells the number. */
export function eventLine(event: CallEvent, row: CallRow): string {
  const destination = row.callTo === '' ? [] : [destinationText(row.callTo)];
  return [pc.dim(clockText(event.at)), event.jobId, ...destination, ...happening(event)].join('  ');
}

function happening(event: CallEvent): string[] {
  switch (event.type) {
    case 'calling':
      return [paintState('CALLING', 'CALLING')];
    case 'ringing':
      return [
        paintState('RINGING', 'RINGING'),
        event.earlyMedia ? `${event.sipStatus}, early media` : String(event.sipStatus),
      ];
    case 'answered':
      return [paintState('ANSWERED', 'ANSWERED'), event.codec ?? 'no codec named'];
    case 'verdict':
      return ['verdict', verdictText(event.verdict), event.verdict.evidence];
    case 'revised':
      return ['verdict revised', verdictText(event.verdict), event.verdict.evidence];
    case 'waitEnded':
      return ['wait ended', waitText(event), `at ${seconds(event.atMs)}`];
    case 'result': {
      const { state, rawCause } = event.result;
      return ['result', paintState(state, state), causeText(event.result), rawCauseText(rawCause)];
    }
    case 'ended':
      return [
        'ended',
        causeText(event.ended),
        `by ${event.ended.endedBy}`,
        `up for ${seconds(event.ended.durationMs)}`,
      ];
  }
}
