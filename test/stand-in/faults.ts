/**
 * What a stand-in server does wrong, by name. A part of an address names faults, joined with `+`:
 *
 * - `500`: answers 500 to everything; `503first`: answers 503 to the first request of each path
 * - `hang`: takes requests and never answers; `latency=MS`: waits before each answer
 * - `password=WORD`: answers 401 to everybody but the user `reader` with this password
 * - `narinfo404`: knows no store path; `narinfo500`: answers 500 when it is asked for store paths; `nar404`: knows store paths, but has no archives
 * - `badsig`: signatures of somebody else; `unsigned`: no signatures
 * - `truncated`: half an archive, then the connection breaks; `truncfirst`: so for the first request of each archive
 * - `short`: half an archive, announced as the whole; `stall`: half an archive, and then nothing more
 * - `corrupt`: one byte of each archive is another one
 * - `rate=BYTES`: a second, of all archives together; `conn=BYTES`: a second, of each archive
 */
export type Faults = ReadonlyMap<string, string>;

/** `ok` names no fault. */
export function parseFaults(text: string): Faults {
  const words = text.split("+").filter((word) => word !== "" && word !== "ok");
  return new Map(words.map((word) => [word.split("=")[0] ?? "", word.split("=")[1] ?? ""]));
}
