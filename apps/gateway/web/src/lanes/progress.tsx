import { formatCount } from '../ui/format.js';

/** How much of all is done. */
export function Progress({ done, all, name }: { done: number; all: number; name: string }) {
  const share = all === 0 ? 0 : done / all;
  return (
    <>
      <progress value={share} aria-label={`${name}: part that is done`} />
      <p className="number-line">{`${formatCount(done)} of ${formatCount(all)} done, ${Math.floor(share * 100)} %`}</p>
    </>
  );
}
