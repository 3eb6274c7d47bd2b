import { isCommit } from "../../protocol/tag.ts";
import { isGitUrl } from "./git-url.ts";
import { parseHosted } from "./hosted-flake.ts";

/** The flake that `CORNICE_FLAKE` names. */
export interface FlakeSource {
  readonly kind: "flake";
  readonly location:
    | { readonly kind: "path"; readonly path: string }
    /** `ref` is a branch, a tag or a commit. Undefined means the repository's HEAD. */
    | { readonly kind: "git"; readonly url: string; readonly ref: string | undefined };
  /** The folder with `flake.nix`. Undefined if that is the top folder. */
  readonly directory: string | undefined;
}

const GIT_TRANSPORT = /^git\+(?:file|https?|ssh):\/\/\S+$/;
/** Names of branches and tags, without texts that have another meaning for git. */
const REF = /^[A-Za-z0-9_][\w./-]{0,199}$/;
const DIRECTORY = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.-]+(?:\/[\w.-]+)*$/;
const PARAMETERS = new Set(["ref", "rev", "dir", "host"]);

export const FLAKE_FORMS =
  "it must be github:OWNER/REPO (gitlab:, sourcehut:), git+https://…, git+ssh://… or git+file:///… (with ?ref=, ?rev= and " +
  "?dir= as needed), or an absolute path; an archive (https://….tar.gz) has no branches and commits that a tag could pick";

/** Returns undefined if the text is not a valid reference. */
export function parseFlakeReference(text: string): FlakeSource | undefined {
  const [address = "", query = "", ...more] = text.split("?");
  const parameters = new URLSearchParams(query);
  const directory = parameters.get("dir") ?? undefined;
  if (more.length > 0 || text.includes("#") || ![...parameters.keys()].every((name) => PARAMETERS.has(name)))
    return undefined;
  if (directory !== undefined && !DIRECTORY.test(directory)) return undefined;
  const location = parseLocation(address, parameters);
  return location && { kind: "flake", location, directory };
}

function parseLocation(address: string, parameters: URLSearchParams): FlakeSource["location"] | undefined {
  const hosted = parseHosted(address, parameters.get("host"));
  if (hosted) return parseGit(hosted.url, parameters, hosted.ref);
  if (parameters.has("host")) return undefined;
  if (GIT_TRANSPORT.test(address)) return parseGit(address.slice("git+".length), parameters, undefined);
  return parsePath(address, parameters);
}

/** `given`: the branch, tag or commit in the address itself. */
function parseGit(
  url: string,
  parameters: URLSearchParams,
  given: string | undefined,
): FlakeSource["location"] | undefined {
  const ref = parameters.get("rev") ?? parameters.get("ref") ?? given;
  if (given !== undefined && ref !== given) return undefined;
  if (!isGitUrl(url) || (ref !== undefined && !REF.test(ref))) return undefined;
  if (parameters.has("rev") && !isCommit(parameters.get("rev") ?? "")) return undefined;
  return { kind: "git", url, ref };
}

function parsePath(address: string, parameters: URLSearchParams): FlakeSource["location"] | undefined {
  const path = address.replace(/^path:/, "");
  if (!path.startsWith("/") || parameters.has("ref") || parameters.has("rev")) return undefined;
  return { kind: "path", path };
}

/** The description for `describeSource`. `redact` removes credentials from a URL. */
export function describeFlake({ location, directory }: FlakeSource, redact: (url: string) => string): string {
  const parameters = [
    ...(location.kind === "git" && location.ref !== undefined ? [`ref=${location.ref}`] : []),
    ...(directory === undefined ? [] : [`dir=${directory}`]),
  ];
  const address = location.kind === "git" ? `git+${redact(location.url)}` : `path:${location.path}`;
  return `flake:${[address, parameters.join("&")].filter((part) => part !== "").join("?")}`;
}
