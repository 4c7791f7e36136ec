import { useState } from 'react';
import { useLogIn } from './api/session.js';
import { Failure } from './ui/notices.js';

/** Asks for an API key. The key goes to the gateway once, and is kept nowhere. */
export function LogIn() {
  const [key, setKey] = useState('');
  const logIn = useLogIn();
  return (
    <main className="log-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          logIn.mutate(key);
        }}
      >
        <h1>Outdial</h1>
        <label>
          API key
          <input
            type="password"
            name="key"
            autoComplete="current-password"
            required
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        </label>
        <button type="submit" className="primary" disabled={logIn.isPending}>
          Log in
        </button>
        {logIn.isError && <Failure error={logIn.error} />}
        <p className="muted">
          Keys are made by <code>outdial keys create NAME</code>. The board shows what the key may see.
        </p>
      </form>
    </main>
  );
}
