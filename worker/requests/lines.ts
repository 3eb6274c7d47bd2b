/**
 * Splits a stream of UTF-8 text into lines, with at most one line in memory. Leaves out empty lines, and lines of more
 * than `maxLength` characters. Also leaves out a last line without a line end, because that line was cut.
 */
export async function* readLines(stream: ReadableStream<unknown>, maxLength: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = "";
  let isTooLong = false;
  for await (const chunk of stream) {
    const [head = "", ...rest] = decoder.decode(bytesOf(chunk), { stream: true }).split("\n");
    pending += head;
    for (const next of rest) {
      if (!isTooLong && pending !== "" && pending.length <= maxLength) yield pending;
      isTooLong = false;
      pending = next;
    }
    if (pending.length > maxLength) {
      isTooLong = true;
      pending = "";
    }
  }
}

/** The first `maxLength` characters of a text stream. The rest of the stream is cancelled. */
export async function readStart(stream: ReadableStream<unknown>, maxLength: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(bytesOf(chunk), { stream: true });
    if (text.length >= maxLength) break;
  }
  return text.slice(0, maxLength);
}

/** workerd's types do not say that the chunks of a body are bytes. */
function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError("a body that is read as text must consist of bytes");
}
