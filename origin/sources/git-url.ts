/** Written as itself or encoded: as a part of a user name it would end a line, or a variable, that git is given. */
// oxlint-disable-next-line no-control-regex -- they are what is refused
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]|%[01][0-9a-f]|%7f/i;

/** Whether git can be given the URL, and credentials can be taken out of it. */
export function isGitUrl(text: string): boolean {
  return URL.parse(text) !== null && !CONTROL_CHARACTER.test(text);
}
