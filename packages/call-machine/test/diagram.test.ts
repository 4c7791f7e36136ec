import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { describeMachine } from '../src/diagram.js';

const page = new URL('../../../docs/call-machine.md', import.meta.url);

describe('docs/call-machine.md', () => {
  it('is what the machine says of itself (npm run diagram -w @outdial/call-machine)', async () => {
    expect(await readFile(page, 'utf8')).toBe(describeMachine());
  });

  it('names every state in the diagram and draws no arrow without a label', () => {
    const diagram = /```mermaid\n(.*?)```/s.exec(describeMachine())?.[1] ?? '';
    for (const state of ['idle', 'inviting', 'ringing', 'listening', 'running', 'hangingUp', 'done'])
      expect(diagram).toContain(`state "${state}" as`);
    expect(diagram).not.toMatch(/ : *$/m);
    expect(diagram.split('{').length).toBe(diagram.split('}').length);
  });
});
