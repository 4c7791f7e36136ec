import type { Cause, FarEndType } from '@outdial/contract';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { ask } from '../api/ask.js';
import { Screen } from '../ui/screen.js';
import { CallList } from './call-list.js';
import { FILTER_NAMES, type Filter, filterOf } from './filter.js';
import './calls.css';

const PHASES = ['waiting', 'active', 'ended'] as const;
/** Held to the contract by its type alone: the module itself would bring all schemas into the page. */
const CAUSES = Object.keys({
  NORMAL: true,
  TIMEOUT: true,
  BUSY: true,
  NOANSWER: true,
  UNOBTAINABLE: true,
  CHANGED: true,
  OUTOFORDER: true,
  BARRED: true,
  REJECTED: true,
  NOCHANNELS: true,
  CONGESTION: true,
  FAILED: true,
  OTHER: true,
  CANCELLED: true,
  ERROR: true,
} satisfies Record<Cause, true>);
const FAR_END_TYPES = Object.keys({
  LIVE: true,
  ANSWER_MACHINE: true,
  FAX_MACHINE: true,
  UNKNOWN: true,
} satisfies Record<FarEndType, true>);

/** Every call, found as one types. The filter is in the address, so that it can be kept and shared. */
export default function CallsScreen() {
  const [params, setParams] = useSearchParams();
  const filter = filterOf(params);
  const asked = useDeferredValue(JSON.stringify(filter));
  const settled = useMemo(() => JSON.parse(asked) as Filter, [asked]);
  const change = (name: keyof Filter, value: string) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === '') after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  const isFiltered = FILTER_NAMES.some((name) => filter[name] !== '');
  return (
    <Screen title="Calls">
      <search className="filters">
        <label className="filter-text">
          Find
          <input
            type="search"
            placeholder="Number, address, id, lane or label"
            value={filter.text}
            onChange={(event) => change('text', event.target.value)}
          />
        </label>
        <Choice
          name="Phase"
          value={filter.phase}
          options={PHASES}
          onChange={(value) => change('phase', value)}
        />
        <LaneChoice value={filter.lane} onChange={(value) => change('lane', value)} />
        <Choice
          name="Cause"
          value={filter.cause}
          options={CAUSES}
          onChange={(value) => change('cause', value)}
        />
        <Choice
          name="Who answered"
          value={filter.farEndType}
          options={FAR_END_TYPES}
          onChange={(value) => change('farEndType', value)}
        />
        <button type="button" disabled={!isFiltered} onClick={() => setParams({}, { replace: true })}>
          Show all
        </button>
      </search>
      <CallList key={asked} filter={settled} />
    </Screen>
  );
}

function LaneChoice({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const lanes = useQuery({
    queryKey: ['lanes'],
    queryFn: () => ask<{ lanes: Array<{ lane: string }> }>('/v1/lanes'),
  });
  const names = lanes.data?.lanes.map(({ lane }) => lane) ?? [];
  const options = value === '' || names.includes(value) ? names : [value, ...names];
  return <Choice name="Lane" value={value} options={options} onChange={onChange} />;
}

function Choice({
  name,
  value,
  options,
  onChange,
}: {
  name: string;
  value: string;
  options: readonly string[];
  onChange: (value: string) => void;
}) {
  return (
    <label>
      {name}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">any</option>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}
