import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const unit = readFileSync(new URL('../systemd/outdial-worker@.service', import.meta.url), 'utf8');
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).error === undefined;

/** The directives of systemd.unit(5), systemd.service(5), systemd.exec(5) and systemd.kill(5) that a service may use. */
const DIRECTIVES: Readonly<Record<string, RegExp>> = {
  Unit: /^(Description|Documentation|Wants|Requires|After|Before|StartLimit(IntervalSec|Burst))$/,
  Service: new RegExp(
    `^(${[
      'Type|User|Group|DynamicUser|WorkingDirectory|Environment|EnvironmentFile|ExecStart|ExecStartPre|ExecReload',
      'Restart|RestartSec|TimeoutStartSec|TimeoutStopSec|KillMode|KillSignal|LimitNOFILE|LimitCORE|UMask',
      'NoNewPrivileges|ProtectSystem|ProtectHome|PrivateTmp|PrivateDevices|ProtectKernelTunables|ProtectKernelModules',
      'ProtectKernelLogs|ProtectControlGroups|ProtectClock|ProtectHostname|ReadWritePaths|RestrictAddressFamilies',
      'RestrictNamespaces|RestrictSUIDSGID|RestrictRealtime|LockPersonality|SystemCallArchitectures|SystemCallFilter',
      'CapabilityBoundingSet|AmbientCapabilities|MemoryMax|CPUQuota|Nice|StandardOutput|StandardError',
    ].join('|')})$`,
  ),
  Install: /^(WantedBy|RequiredBy|Alias|DefaultInstance)$/,
};

/** `Section.Directive` and its values. */
function parseUnit(text: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  let section = '';
  for (const line of text.split('\n')) {
    if (line === '' || /^[#;]/.test(line)) continue;
    const header = /^\[(\w+)\]$/.exec(line);
    const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (header !== null) section = header[1] ?? '';
    else if (name === '') throw new Error(`not a line of a unit: ${line}`);
    else settings.set(`${section}.${name}`, [...(settings.get(`${section}.${name}`) ?? []), value]);
  }
  return settings;
}

/** What is wrong with a unit; empty when nothing is. */
function problemsOf(text: string): string[] {
  return [...parseUnit(text).keys()].filter((key) => {
    const [section = '', name = ''] = key.split('.');
    return DIRECTIVES[section]?.test(name) !== true;
  });
}

describe('outdial-worker@.service', () => {
  it('has only directives that systemd knows', () => {
    expect(problemsOf(unit)).toEqual([]);
    expect(problemsOf(unit.replace('TimeoutStopSec', 'TimeoutStopSecs'))).toEqual([
      'Service.TimeoutStopSecs',
    ]);
  });

  it('gives a worker longer to end than its calls may go on, and ends it by SIGTERM', () => {
    const settings = parseUnit(unit);
    const environment = Object.fromEntries(
      (settings.get('Service.Environment') ?? []).map((entry) => entry.split('=') as [string, string]),
    );
    expect(Number(settings.get('Service.TimeoutStopSec'))).toBeGreaterThan(
      Number(environment.OUTDIAL_DRAIN_SECONDS),
    );
    expect(settings.get('Service.KillSignal')).toEqual(['SIGTERM']);
    expect(settings.get('Service.Restart')).toEqual(['always']);
  });

  // Where systemd is not installed, the first test alone checks the unit.
  it.skipIf(!hasAnalyze)('passes systemd-analyze verify', () => {
    const folder = mkdtempSync(join(tmpdir(), 'outdial-systemd-'));
    try {
      const file = join(folder, 'outdial-worker@0.service');
      // The command must exist on this machine.
      writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));
      const { stdout, stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
        encoding: 'utf8',
      });
      const ofUnit = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('outdial-worker'));
      expect(ofUnit, `${status}`).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
