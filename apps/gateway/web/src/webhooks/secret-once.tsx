import { useState } from 'react';

/** A secret that is told this once: it is gone when it is put away, or the screen is left. */
export function SecretOnce({
  title,
  secret,
  onPutAway,
}: {
  title: string;
  secret: string;
  onPutAway: () => void;
}) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    setCopied(true);
  };
  return (
    <div className="notice" role="status">
      <p className="notice-title">{title}</p>
      <p>
        Its secret, which is shown this once: <code>{secret}</code>
      </p>
      <div className="actions">
        <button type="button" onClick={() => void copy()}>
          {isCopied ? 'Secret copied' : 'Copy the secret'}
        </button>
        <button type="button" onClick={onPutAway}>
          I have it
        </button>
      </div>
    </div>
  );
}
