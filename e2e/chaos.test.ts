import { describe, expect, it } from 'vitest';
import { runChaos } from './chaos/chaos.js';
import { faultLine, reportText } from './chaos/print.js';
import { judge } from './chaos/verdict.js';
import { makeSchedule } from './chaos/schedule.js';

describe('a short chaos run', () => {
  it('dials no job twice, gives each one result, and leaves no call up', async () => {
    const report = await runChaos({ seed: 7, jobs: 80, faults: 5, seconds: 12 });
    const story = [...report.timeline.map(faultLine), reportText(report)].join('\n');
    expect(report.violations, story).toEqual([]);
    expect(report.timeline).toHaveLength(5);
    expect(report.tally).toMatchObject({ jobs: 80, results: 80 });
    // It was a run worth the name: most jobs got through to a callee.
    expect(report.tally.dialled).toBeGreaterThan(40);
  }, 200_000);
});
