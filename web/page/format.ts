/** A duration: `4.2 s`, `3 min 12 s`, `1 h 4 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1 layer`, `3 layers`. */
export function count(number: number, noun: string): string {
  return `${formatNumber(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Puts thin gaps between thousands. The browser's language does not matter, because the page has only one language. */
export function formatNumber(number: number): string {
  return String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, "\u202f");
}

/** The start of a digest, long enough to tell it from others. */
export function shortDigest(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}

/** A store path's name, without folder and hash. */
export function pathName(path: string): string {
  return path.replace(/^.*\//, "").replace(/^[0-9a-z]{32}-/, "");
}
