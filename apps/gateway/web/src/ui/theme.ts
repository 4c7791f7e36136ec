import { useSyncExternalStore } from 'react';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED = 'outdial-theme';
const listeners = new Set<() => void>();

function stored(): Theme {
  const theme = localStorage.getItem(STORED) as Theme | null;
  return theme !== null && THEMES.includes(theme) ? theme : 'auto';
}

/** Puts the viewer's choice on the page; `auto` is what the system says. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = stored();
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(STORED, theme);
  applyTheme();
  for (const listener of listeners) listener();
}

/** The viewer's choice, and whether the page is dark by it. */
export function useTheme(): { theme: Theme; isDark: boolean } {
  const theme = useSyncExternalStore(subscribe, stored);
  const systemIsDark = useSyncExternalStore(subscribe, () => DARK.matches);
  return { theme, isDark: theme === 'dark' || (theme === 'auto' && systemIsDark) };
}

const DARK = matchMedia('(prefers-color-scheme: dark)');

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  DARK.addEventListener('change', listener);
  return () => {
    listeners.delete(listener);
    DARK.removeEventListener('change', listener);
  };
}
