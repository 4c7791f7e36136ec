import type { DetectorEvent, EarlyMediaEvent } from '@outdial/call-machine';
import type { DetectorWords, Hearing } from '@outdial/telephony';
import type { Logger } from 'pino';
import { AudioMonitor } from './audio-monitor.js';
import type { CalleeMonitor, DetectionTerms } from './callee-monitor.js';

/** Media that give frames are listened to by a detector here; media with a detector of their own give its words. */
export function monitorOf(
  hearing: Hearing,
  terms: DetectionTerms,
  report: (event: DetectorEvent | EarlyMediaEvent) => void,
  logger: Logger,
): CalleeMonitor {
  return hearing.gives === 'frames'
    ? new AudioMonitor(hearing, terms, report, logger)
    : monitorOfWords(hearing, terms, report);
}

function monitorOfWords(
  words: DetectorWords,
  { liveSpeakerDetect, lsdTimeoutMilliseconds }: DetectionTerms,
  report: (event: DetectorEvent | EarlyMediaEvent) => void,
): CalleeMonitor {
  words.hearEarly({
    onTone: (tone) => report({ type: 'networkToneHeard', tone }),
    onMailbox: () => report({ type: 'mailboxHeard' }),
  });
  return {
    detect: () =>
      words.detect(
        { mode: liveSpeakerDetect ?? 'DEFAULT', timeoutMilliseconds: lsdTimeoutMilliseconds },
        (verdict, isRevised) => report({ type: isRevised ? 'verdictRevised' : 'verdictReached', verdict }),
      ),
    waitForAnswerMachine: (parameters) => words.waitForAnswerMachine(parameters),
    onSpeech: (listener) => words.onSpeech(listener),
    get isSpeaking() {
      return words.isSpeaking;
    },
    close: () => words.stop(),
  };
}
