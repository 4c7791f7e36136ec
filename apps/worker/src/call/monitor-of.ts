import type { DetectorEvent, EarlyMediaEvent } from '@outdial/call-machine';
import type { WaitOutcome, WaitParameters } from '@outdial/contract';
import type { DetectorWords, Hearing } from '@outdial/telephony';
import type { Logger } from 'pino';
import { AudioMonitor } from './audio-monitor.js';
import type { CalleeMonitor, DetectionTerms } from './callee-monitor.js';
import { withLostAudio } from './lost-audio.js';

/** Media that give frames are listened to by a detector here; media with a detector of their own give its words. */
export function monitorOf(
  hearing: Hearing,
  terms: DetectionTerms,
  report: (event: DetectorEvent | EarlyMediaEvent) => void,
  logger: Logger,
): CalleeMonitor {
  return hearing.gives === 'frames'
    ? new AudioMonitor(hearing, terms, report, logger)
    : new WordsMonitor(hearing, terms, report);
}

class WordsMonitor implements CalleeMonitor {
  readonly #words: DetectorWords;
  readonly #terms: DetectionTerms;
  readonly #report: (event: DetectorEvent) => void;

  constructor(
    words: DetectorWords,
    terms: DetectionTerms,
    report: (event: DetectorEvent | EarlyMediaEvent) => void,
  ) {
    this.#words = words;
    this.#terms = terms;
    this.#report = report;
    words.hearEarly({
      onTone: (tone) => report({ type: 'networkToneHeard', tone }),
      onMailbox: () => report({ type: 'mailboxHeard' }),
    });
  }

  detect(): void {
    const { liveSpeakerDetect, lsdTimeoutMilliseconds } = this.#terms;
    this.#words.detect(
      { mode: liveSpeakerDetect ?? 'DEFAULT', timeoutMilliseconds: lsdTimeoutMilliseconds },
      (heard, isRevised, lostMs) => {
        const verdict = withLostAudio(heard, lostMs);
        // What is left of the audio is no reason to take a verdict back.
        if (isRevised && verdict.farEndType !== heard.farEndType) return;
        this.#report({ type: isRevised ? 'verdictRevised' : 'verdictReached', verdict });
      },
    );
  }

  waitForAnswerMachine(parameters: WaitParameters): Promise<WaitOutcome | null> {
    return this.#words.waitForAnswerMachine(parameters);
  }

  onSpeech(listener: (isSpeaking: boolean) => void): () => void {
    return this.#words.onSpeech(listener);
  }

  get isSpeaking(): boolean {
    return this.#words.isSpeaking;
  }

  close(): void {
    this.#words.stop();
  }
}
