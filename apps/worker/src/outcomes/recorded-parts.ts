import type { RecordingReport, Whereabouts } from '@outdial/contract';
import type { LegSoFar } from '@outdial/ledger';

/** Parts of a call's entry that each replace what was recorded of them before. */
export interface Parts {
  /** Where its legs live. */
  legs: Whereabouts[];
  recordings: RecordingReport[];
  /** What has become of its legs beside the callee's. */
  legReports: LegSoFar[];
}

type ChangedParts = { [Name in keyof Parts]: Parts[Name] | undefined };
type Texts = Partial<Record<keyof Parts, string>>;

/** What the ledger has of a call's parts, so that only those are written which have changed: most calls have the same to their end. */
export class RecordedParts {
  readonly #partsNow: () => Parts;
  #recorded: Texts;

  /** Of a call that was claimed with what its legs are now. */
  constructor(partsNow: () => Parts) {
    this.#partsNow = partsNow;
    this.#recorded = { ...textsOf(partsNow()), recordings: '[]', legReports: '[]' };
  }

  /** The parts that the ledger has not, and what to call once it has them. */
  changed(): { parts: ChangedParts; recorded: () => void } {
    const { legs, recordings, legReports } = this.#partsNow();
    const texts = textsOf({ legs, recordings, legReports });
    const isNew = (name: keyof Parts) => texts[name] !== this.#recorded[name];
    const parts = {
      legs: isNew('legs') ? legs : undefined,
      recordings: isNew('recordings') ? recordings : undefined,
      legReports: isNew('legReports') ? legReports : undefined,
    };
    const recorded = () => {
      this.#recorded = texts;
    };
    return { parts, recorded };
  }

  /** Another step writes some of them, or Redis may have lost them: what the ledger has is not known, and all is to be written. */
  forget(): void {
    this.#recorded = {};
  }
}

function textsOf({ legs, recordings, legReports }: Parts): Texts {
  return {
    legs: JSON.stringify(legs),
    recordings: JSON.stringify(recordings),
    legReports: JSON.stringify(legReports),
  };
}
