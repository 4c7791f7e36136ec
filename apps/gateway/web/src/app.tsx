import { type ComponentType, lazy, Suspense } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import type { Scope } from '../../src/keys/api-key.js';
import { useLive } from './api/live.js';
import { useCaller, useLogOut, useSession } from './api/session.js';
import { LogIn } from './log-in.js';
import { ZONE } from './ui/format.js';
import { Empty, Failure, Loading } from './ui/notices.js';
import { chooseTheme, THEMES, type Theme, useTheme } from './ui/theme.js';

type Load = () => Promise<{ default: ComponentType }>;

/** Each is loaded when it is first shown. Those without a name are reached from others. */
const SCREENS: ReadonlyArray<{ path: string; name: string | null; scope: Scope; load: Load }> = [
  { path: '/', name: 'Now', scope: 'calls:read', load: () => import('./now/now-screen.js') },
  { path: '/calls', name: 'Calls', scope: 'calls:read', load: () => import('./calls/calls-screen.js') },
  { path: '/calls/:id', name: null, scope: 'calls:read', load: () => import('./call/call-screen.js') },
  { path: '/lanes', name: 'Lanes', scope: 'calls:read', load: () => import('./lanes/lanes-screen.js') },
  { path: '/workers', name: 'Workers', scope: 'admin', load: () => import('./workers/workers-screen.js') },
  {
    path: '/webhooks',
    name: 'Webhooks',
    scope: 'admin',
    load: () => import('./webhooks/webhooks-screen.js'),
  },
  { path: '/audit', name: 'Audit', scope: 'admin', load: () => import('./audit/audit-screen.js') },
  { path: '/try', name: 'Try a call', scope: 'calls:write', load: () => import('./try/try-screen.js') },
];
const PAGES = SCREENS.map((screen) => ({ ...screen, Page: lazy(screen.load) }));

/** The board for whoever is logged in, else the log-in. */
export function App() {
  const session = useSession();
  if (session.isPending) return <Loading what="the board" />;
  if (session.isError) return <Failure error={session.error} onRetry={() => void session.refetch()} />;
  return session.data === null ? <LogIn /> : <Board />;
}

function Board() {
  const { can } = useCaller();
  const allowed = PAGES.filter(({ scope }) => can(scope));
  return (
    <div className="board">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Header />
      <nav className="screens" aria-label="Screens">
        {allowed.map(({ path, name }) => name !== null && <ScreenLink key={path} path={path} name={name} />)}
      </nav>
      <main id="main" tabIndex={-1}>
        <Suspense fallback={<Loading what="the screen" />}>
          <Switch>
            {allowed.map(({ path, Page }) => (
              <Route key={path} path={path} component={Page} />
            ))}
            <Route>
              <Empty title="There is no such screen">
                <p>It may need another key than yours.</p>
              </Empty>
            </Route>
          </Switch>
        </Suspense>
      </main>
    </div>
  );
}

function ScreenLink({ path, name }: { path: string; name: string }) {
  const [at] = useLocation();
  const isHere = path === '/' ? at === '/' : at === path || at.startsWith(`${path}/`);
  return (
    <Link href={path} aria-current={isHere ? 'page' : undefined}>
      {name}
    </Link>
  );
}

function Header() {
  const { key } = useCaller();
  const { isLive, toggle } = useLive();
  const { theme } = useTheme();
  const logOut = useLogOut();
  return (
    <header className="top">
      <Link href="/" className="brand">
        Outdial
      </Link>
      <button type="button" className="live" aria-pressed={!isLive} onClick={toggle}>
        {isLive ? 'Pause updates' : 'Updates are paused'}
      </button>
      <p className="zone">{`Times in ${ZONE}`}</p>
      <label className="theme">
        Theme
        <select value={theme} onChange={(event) => chooseTheme(event.target.value as Theme)}>
          {THEMES.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <p className="who" title={`key ${key.id}`}>
        {key.name}
      </p>
      <button type="button" onClick={() => logOut.mutate()}>
        Log out
      </button>
    </header>
  );
}
