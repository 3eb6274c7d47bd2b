/** The release of this program: the version in `package.json`. The Worker and the page have no files to read it from. */
export const RELEASE = "0.1.0";

/** The path at which the Worker and the origin say that they run, and which release they are. */
export const HEALTH_PATH = "/healthz";

const OK = "ok ";
const MAX_RELEASE_LENGTH = 40;

/** The answer at `HEALTH_PATH`. It begins with `ok`, which is all that older releases answered. */
export function healthText(): string {
  return `${OK}${RELEASE}`;
}

/** The release in an answer. Undefined if the other side names none. */
export function releaseIn(text: string): string | undefined {
  const release = text.startsWith(OK) ? text.slice(OK.length).trim() : "";
  return /^\d[\w.+-]*$/.test(release) && release.length <= MAX_RELEASE_LENGTH ? release : undefined;
}
