/** Text as a header line can hold it: printable ASCII, at most so many characters. Some clients limit a line to 4 KiB. */
export function headerText(text: string, maxLength: number): string {
  return text
    .replaceAll(/[^!-~]+/g, " ")
    .trim()
    .slice(0, maxLength);
}
