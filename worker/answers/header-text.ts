/** Text for a header: printable ASCII, at most `maxLength` characters. Some clients limit a line to 4 KiB. */
export function headerText(text: string, maxLength: number): string {
  return text
    .replaceAll("…", "...")
    .replaceAll(/[^!-~]+/g, " ")
    .trim()
    .slice(0, maxLength);
}
