import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';

interface Live {
  isLive: boolean;
  toggle: () => void;
}

const LiveContext = createContext<Live>({ isLive: true, toggle: () => undefined });

/** Whether screens follow what happens, or stand still for whoever reads. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [isLive, setLive] = useState(true);
  const live = useMemo(() => ({ isLive, toggle: () => setLive((was) => !was) }), [isLive]);
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

export function useLive(): Live {
  return useContext(LiveContext);
}

/** How often a query is repeated: never while updates are paused. */
export function useInterval(ms: number): number | false {
  return useLive().isLive && ms;
}
