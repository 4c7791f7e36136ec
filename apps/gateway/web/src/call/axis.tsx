import type { CSSProperties, ReactNode } from 'react';

/** From when to when the axis is, in epoch milliseconds. */
export interface Span {
  from: number;
  to: number;
}

/** One kind of thing along the axis. */
export function AxisRow({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="axis-row">
      <span className="axis-name">{name}</span>
      <div className="axis-track">{children}</div>
    </div>
  );
}

/** Where on the axis a moment is. */
export function place({ from, to }: Span, at: number): CSSProperties {
  const share = Math.min(1, Math.max(0, (at - from) / (to - from)));
  return { insetInlineStart: `${share * 100}%` };
}
