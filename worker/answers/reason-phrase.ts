import type { OciError } from "../../protocol/oci-error.ts";
import { headerText } from "./header-text.ts";

/**
 * Three lines of a terminal. containerd before 2.3, Docker's containerd store before 29 and buildkit print the reason
 * phrase only, and cut it after about as many characters.
 */
const MAX_LENGTH = 240;
/** An address that leaves less room for the message is left out: half an address leads nowhere. */
const MIN_MESSAGE_LENGTH = 80;
/** The part of the room that the first sentence gets at least, if there is a line of a log, too. */
const SENTENCE_SHARE = 0.6;

/**
 * The HTTP/1.1 reason phrase of an error. If its message is too long, the phrase has the first sentence, the last line
 * that says what is wrong, and the whole address of the error's page.
 */
export function reasonPhrase({ message, page }: Pick<OciError, "message" | "page">): string {
  const link = page === undefined ? "" : `; see ${headerText(page.address, Infinity)}`;
  const room = MAX_LENGTH - link.length;
  if (room < MIN_MESSAGE_LENGTH) return shortMessage(message, MAX_LENGTH);
  return shortMessage(message, room) + link;
}

function shortMessage(message: string, maxLength: number): string {
  const whole = headerText(message, Infinity);
  if (whole.length <= maxLength) return whole;
  const [first = "", ...more] = message.split("\n").map((line) => headerText(line, Infinity));
  const line = tellingLine(more);
  if (line === undefined) return shorten(first, maxLength);
  const sentence = first.replace(ANNOUNCEMENT, "");
  const room = maxLength - SEPARATOR.length;
  const shortSentence = shorten(sentence, Math.max(room * SENTENCE_SHARE, room - line.length));
  return shortSentence + SEPARATOR + shorten(line, room - shortSentence.length);
}

const SEPARATOR = ": ";
/** The clause that introduces the lines below: `; the last lines of its log:`. */
const ANNOUNCEMENT = /[;,] [^;,]*:$|:$/;

/** The line of a compiler, an interpreter or a script that names an error. */
const NAMES_ERROR = /(?:error|fatal|exception|panic|failed|cannot)(?:\[\w+\])?:/i;
/** A line that says that something failed, but not why. The programs print it after the line that says why. */
const SUMMARY = /^(?:g?make(?:\[\d+\])?: |ninja: |collect2: |error: could not compile)/;

/** The last line that says what is wrong. Undefined without lines that have a word. */
function tellingLine(lines: readonly string[]): string | undefined {
  const worded = lines.filter((line) => /[a-z]/i.test(line));
  const telling = worded.filter((line) => !SUMMARY.test(line));
  return telling.findLast((line) => NAMES_ERROR.test(line)) ?? telling.at(-1) ?? worded.at(-1);
}

/** Long names and paths keep their start and end. They become shorter from step to step, until the text fits. */
const WORD_LENGTHS = [64, 40, 24];
const GAP = "...";

/** Shortens long words first, because the end of a sentence matters more than the middle of a name. */
function shorten(text: string, maxLength: number): string {
  const limit = WORD_LENGTHS.find((length) => shortenWords(text, length).length <= maxLength) ?? WORD_LENGTHS.at(-1);
  const short = text.length <= maxLength ? text : shortenWords(text, limit ?? maxLength);
  if (short.length <= maxLength) return short;
  const start = short.slice(0, maxLength - GAP.length);
  return `${start.slice(0, Math.max(start.lastIndexOf(" "), start.length / 2)).trimEnd()}${GAP}`;
}

function shortenWords(text: string, maxLength: number): string {
  return text.replaceAll(/\S+/g, (word) => {
    if (word.length <= maxLength) return word;
    const kept = Math.floor((maxLength - GAP.length) / 2);
    return `${word.slice(0, kept)}${GAP}${word.slice(-kept)}`;
  });
}
