import type { CallEvent } from '@outdial/contract';
import { useEffect, useEffectEvent } from 'react';
import { query } from './ask.js';

/** Events are handed over together, so that a busy campaign redraws a screen a few times a second only. */
const GATHER_MS = 300;

/** Calls `onEvents` with the events of calls as they come. The browser resumes a stream that broke where it was. */
export function useEvents(
  types: readonly CallEvent['type'][],
  isOn: boolean,
  onEvents: (events: readonly CallEvent[]) => void,
): void {
  const handle = useEffectEvent(onEvents);
  const wanted = types.join(',');
  useEffect(() => {
    if (!isOn) return;
    const source = new EventSource(`/v1/events${query({ types: wanted })}`);
    let gathered: CallEvent[] = [];
    const take = (message: MessageEvent<string>) => gathered.push(JSON.parse(message.data) as CallEvent);
    for (const type of wanted.split(',')) source.addEventListener(type, take);
    const timer = setInterval(() => {
      if (gathered.length === 0) return;
      const events = gathered;
      gathered = [];
      handle(events);
    }, GATHER_MS);
    return () => {
      clearInterval(timer);
      source.close();
    };
  }, [wanted, isOn]);
}
