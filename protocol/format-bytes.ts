const STEP = 1000;
const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** Uses decimal units, as registries and engines do: `52.7 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < STEP) return `${bytes} B`;
  let value = bytes;
  let unit = 0;
  // A value that rounds to 1000.0 gets the next unit.
  for (; value >= STEP - 0.05 && unit < UNITS.length - 1; unit++) value /= STEP;
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** `3.1 MB of 52.7 MB`. */
export function formatAmount({ done, total }: { readonly done: number; readonly total: number }): string {
  return `${formatBytes(done)} of ${formatBytes(total)}`;
}
