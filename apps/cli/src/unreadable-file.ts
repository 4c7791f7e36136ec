/** In the place of Node's `ENOENT: no such file or directory, open 'campaign.csv'`. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'this user may not read it',
};

/** Whether a file that the command line names cannot be read. */
export function isUnreadableFile(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  if (!(error instanceof Error)) return false;
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  return Object.hasOwn(REASONS, code) && (syscall === 'open' || syscall === 'read');
}

/** `cannot read campaign.csv: there is no such file`. Node does not name a directory that was read. */
export function describeUnreadableFile({ code, path }: NodeJS.ErrnoException & { code: string }): string {
  return `cannot read ${path ?? 'the file'}: ${REASONS[code]}`;
}
