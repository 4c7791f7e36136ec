import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
// biome-ignore lint/style/noRestrictedImports: the package's only way to its style
import 'uplot/dist/uPlot.min.css';
import type { Now } from '../../../src/now/now-routes.js';
import { formatClock, formatRate } from '../ui/format.js';
import { useTheme } from '../ui/theme.js';

const HEIGHT = 220;
/** Told apart by their strokes as well as by their colours. */
const LINES = [
  { name: 'Begun', of: 'begun', className: 'line-begun', dash: [] },
  { name: 'Answered', of: 'answers', className: 'line-answers', dash: [6, 3] },
  { name: 'Results', of: 'results', className: 'line-results', dash: [2, 3] },
] as const;

/** Calls a second over the period. */
export function PaceChart({ now }: { now: Now }) {
  const figure = useRef<HTMLElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const { isDark } = useTheme();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read from the page, whose theme has changed
  useEffect(() => {
    if (place.current === null || figure.current === null) return;
    const made = new uPlot(
      optionsFor(figure.current, place.current.clientWidth),
      [[], [], [], []],
      place.current,
    );
    chart.current = made;
    const observer = new ResizeObserver(([entry]) =>
      made.setSize({ width: entry?.contentRect.width ?? 300, height: HEIGHT }),
    );
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [isDark]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new chart needs its data too
  useEffect(() => {
    const { at, periodSeconds, stepSeconds, series } = now;
    const end = Math.floor(at / 1000);
    const times = series.begun.map((_, step) => end - periodSeconds + step * stepSeconds);
    const rates = LINES.map(({ of }) => series[of].map((count) => count / stepSeconds));
    chart.current?.setData([times, ...rates]);
  }, [now, isDark]);

  const peak = Math.max(...now.series.begun, 0) / now.stepSeconds;
  return (
    <figure className="panel pace" ref={figure}>
      <figcaption>
        <h2>Calls a second</h2>
        <ul className="legend">
          {LINES.map(({ name, className }) => (
            <li key={name} className={className}>
              {name}
            </li>
          ))}
        </ul>
      </figcaption>
      <div
        ref={place}
        className="pace-chart"
        role="img"
        aria-label={`Calls begun, answered and ended a second. At most ${formatRate(peak)} calls a second were begun.`}
      />
    </figure>
  );
}

function optionsFor(figure: HTMLElement, width: number): uPlot.Options {
  const colourOf = (selector: string) => getComputedStyle(figure.querySelector(selector) ?? figure).color;
  const axis: uPlot.Axis = {
    stroke: getComputedStyle(figure).color,
    grid: { stroke: getComputedStyle(figure).borderTopColor, width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, values: (_, times) => times.map((at) => formatClock(at * 1000)) },
      { ...axis, size: 48 },
    ],
    series: [
      {},
      ...LINES.map(({ name, className, dash }) => ({
        label: name,
        stroke: colourOf(`.${className}`),
        width: 2,
        dash: [...dash],
        points: { show: false },
      })),
    ],
  };
}
