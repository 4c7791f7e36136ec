import type { Now } from '../../../src/now/now-routes.js';
import { formatCount } from '../ui/format.js';

const STAGES = [
  { name: 'Dialled', of: 'dialled' },
  { name: 'Rang', of: 'rang' },
  { name: 'Answered', of: 'answered' },
  { name: 'Person', of: 'person' },
] as const;

/** How many of the calls that ended got how far. */
export function Funnel({ funnel }: { funnel: Now['funnel'] }) {
  return (
    <section className="panel">
      <h2>How far calls got</h2>
      <ol className="shares">
        {STAGES.map(({ name, of }) => {
          const share = funnel.dialled === 0 ? 0 : funnel[of] / funnel.dialled;
          return (
            <li key={of}>
              <span>{name}</span>
              <span className="share-count">{formatCount(funnel[of])}</span>
              <span className="share-part">{`${Math.round(share * 100)} %`}</span>
              <span className="share-bar" style={{ inlineSize: `${share * 100}%` }} />
            </li>
          );
        })}
      </ol>
    </section>
  );
}
