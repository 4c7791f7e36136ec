/**
 * Answers what the parent asks over IPC, with the method of that name; ends when the parent is gone.
 * @param {Record<string, (argument: any) => unknown>} methods
 */
export function serve(methods) {
  process.on('message', async (message) => {
    const { id, method, argument } = /** @type {{ id: number, method: string, argument: unknown }} */ (
      message
    );
    try {
      process.send?.({ id, result: await methods[method]?.(argument) });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
}
