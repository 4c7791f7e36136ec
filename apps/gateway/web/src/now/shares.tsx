import { useState } from 'react';
import { formatCount, words } from '../ui/format.js';

/** Counts beside each other, the most first. */
export function Shares({
  title,
  shares,
  none,
}: {
  title: string;
  shares: ReadonlyArray<{ name: string; count: number }>;
  none: string;
}) {
  const ordered = useSteadyOrder(shares);
  const all = shares.reduce((sum, { count }) => sum + count, 0);
  return (
    <section className="panel">
      <h2>{title}</h2>
      {all === 0 && <p className="muted">{none}</p>}
      <ol className="shares">
        {ordered.map(({ name, count }) => (
          <li key={name}>
            <span className="share-name">{words(name)}</span>
            <span className="share-count">{formatCount(count)}</span>
            <span className="share-part">{`${Math.round((count / all) * 100)} %`}</span>
            <span className="share-bar" style={{ inlineSize: `${(count / all) * 100}%` }} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The most first when they are first seen. From then on none moves while it is read, and others come at the end. */
function useSteadyOrder<Share extends { name: string }>(shares: readonly Share[]): Share[] {
  const [order, setOrder] = useState<readonly string[]>([]);
  const added = shares.flatMap(({ name }) => (order.includes(name) ? [] : [name]));
  if (added.length > 0) setOrder([...order, ...added]);
  return shares.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}
