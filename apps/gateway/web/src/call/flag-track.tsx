import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import type { Span } from './axis.js';
import { type Flag, type PlacedFlag, placeFlags, rowsOf } from './flags.js';

/** A row of a flag, in rem. */
const ROW_REM = 1.75;

/** A part of the axis with flags at the moments of what it tells. `children`: the band between the flags above and those below. */
export function FlagTrack({
  name,
  label,
  flags,
  span,
  bandRem,
  bandNames,
  children,
  linkOf,
  onFollow,
}: {
  name: string;
  label: string;
  flags: readonly Flag[];
  span: Span;
  bandRem: number;
  /** What its upper and its lower edge stand for. */
  bandNames?: readonly [string, string];
  children?: ReactNode;
  /** Where more of a flag's message is. */
  linkOf?: (flag: Flag) => string;
  onFollow?: (flag: Flag) => void;
}) {
  const track = useRef<HTMLDivElement>(null);
  const size = useSize(track);
  const placed = placeFlags(flags, span, size);
  const above = rowsOf(placed, 'above') * ROW_REM;
  const below = rowsOf(placed, 'below') * ROW_REM;
  const blockSize = `${above + bandRem + below}rem`;
  const inBand = { insetBlock: `${above}rem ${below}rem` };
  return (
    <div className="axis-row">
      <div className="axis-name" style={{ blockSize }}>
        {name}
        {bandNames !== undefined && (
          <div className="axis-band band-names" style={inBand}>
            {bandNames.map((each) => (
              <span key={each}>{each}</span>
            ))}
          </div>
        )}
      </div>
      <div ref={track} className="axis-track" style={{ blockSize }}>
        <div className="axis-band" style={inBand}>
          {children}
        </div>
        <ol className="flags" aria-label={label}>
          {placed.map((flag) => (
            <FlagAt
              key={flag.key}
              flag={flag}
              above={above}
              below={below}
              href={linkOf?.(flag)}
              onFollow={() => onFollow?.(flag)}
            />
          ))}
        </ol>
      </div>
    </div>
  );
}

function FlagAt({
  flag,
  above,
  below,
  href,
  onFollow,
}: {
  flag: PlacedFlag;
  above: number;
  below: number;
  href: string | undefined;
  onFollow: () => void;
}) {
  const { row, side, tone, isFlipped, title, text, width } = flag;
  const beyond = (row ?? -1) + 1;
  const insetBlock =
    side === 'above'
      ? `${above - beyond * ROW_REM}rem ${below}rem`
      : `${above}rem ${below - beyond * ROW_REM}rem`;
  const words = (
    <>
      <span aria-hidden="true">{text}</span>
      <span className="hidden">{title}</span>
    </>
  );
  const className = row === null ? 'hidden' : `flag-text${isFlipped ? ' flag-flipped' : ''}`;
  const style = row === null ? {} : { inlineSize: `${width}px` };
  return (
    <li className={`flag flag-${tone} flag-${side}`} style={{ ...flag.style, insetBlock }} title={title}>
      {href === undefined || row === null ? (
        <span className={className} style={style}>
          {words}
        </span>
      ) : (
        <a
          className={className}
          style={style}
          href={href}
          onClick={(event) => {
            event.preventDefault();
            onFollow();
          }}
        >
          {words}
        </a>
      )}
    </li>
  );
}

/** How wide an element is, and what a rem is, both in pixels. */
function useSize(element: { current: HTMLElement | null }): { width: number; rem: number } {
  const [size, setSize] = useState({ width: 600, rem: 16 });
  useLayoutEffect(() => {
    const measured = element.current;
    if (measured === null) return;
    const measure = () => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      const width = measured.clientWidth;
      setSize((before) => (before.width === width && before.rem === rem ? before : { width, rem }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(measured);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
