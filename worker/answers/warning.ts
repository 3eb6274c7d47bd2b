import { headerText } from "./header-text.ts";

const MAX_TEXT_LENGTH = 1024;

/**
 * The value of a `Warning` header, for a note that is no error. skopeo, podman, buildah, crane and oras print it.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
 */
export function warningHeader(text: string): string {
  return `299 - "${headerText(text, MAX_TEXT_LENGTH).replaceAll(/["\\]/g, "\\$&")}"`;
}

/** The header for several notes. There is one `Warning` at most: clients do not read a list. */
export function warningHeaders(notes: readonly (string | undefined)[]): Record<string, string> {
  const texts = notes.filter((note) => note !== undefined);
  return texts.length === 0 ? {} : { Warning: warningHeader(texts.join("; ")) };
}
