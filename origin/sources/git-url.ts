/**
 * A control character, as itself or percent-encoded. In a user name, it would end a line or a variable of git's input.
 */
// oxlint-disable-next-line no-control-regex -- the pattern must find control characters
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]|%[01][0-9a-f]|%7f/i;

/** Whether the URL is safe for git, and whether its credentials can be removed. */
export function isGitUrl(text: string): boolean {
  return URL.parse(text) !== null && !CONTROL_CHARACTER.test(text);
}
