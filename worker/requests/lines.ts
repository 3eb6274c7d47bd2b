/**
 * Splits a stream of UTF-8 text into its non-empty lines, holding no more than one in memory.
 * A line of more than `maxLength` characters is left out; so is a last one without a line end, which was cut.
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

/** The first characters of a text stream, about `maxLength` of them; the rest is given up. */
export async function readStart(stream: ReadableStream<unknown>, maxLength: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(bytesOf(chunk), { stream: true });
    if (text.length >= maxLength) break;
  }
  return text.slice(0, maxLength);
}

/** The types of workerd do not say what the bodies of requests and answers consist of. */
function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError("a body that is read as text must consist of bytes");
}
