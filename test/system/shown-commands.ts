import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "./registry.ts";

/** A line of a block of commands, or text between backquotes. */
const SHOWN = /`([^`\n]+)`|^(?:\$ | {4})(.+)$/gm;
const PULLS = /^(?:docker (?:run|pull)|skopeo copy|curl) .*(?:HOST|127\.0\.0\.1:8787)\//;
/** Commands that show how an error looks, that never end, or that need another package set. */
const OTHERS = /ripgrpe|redis-server|HOST\/hello|images\/web|arm64|nixos-|[<…]|\$\w/;
/** The usual address of `npm start`, or the word for the address of any registry. */
const ADDRESS = /(?:https?:\/\/)?HOST|127\.0\.0\.1:8787/g;

/** The commands of the documentation that pull from a registry, for a registry at `host`. */
export async function documentedPulls(host: string): Promise<string[]> {
  const pages = (await readdir(join(REPOSITORY, "docs"))).filter((name) => name.endsWith(".md"));
  const files = ["README.md", ...pages.map((name) => `docs/${name}`)];
  const texts = await Promise.all(files.map((file) => readFile(join(REPOSITORY, file), "utf8")));
  const shown = texts.flatMap((text) => Array.from(text.matchAll(SHOWN), ([, inline, line]) => inline ?? line ?? ""));
  const pulls = shown.filter((text) => PULLS.test(text) && !OTHERS.test(text)).map((text) => text.trim());
  return [...new Set(pulls.map((text) => withAddress(text, host)))];
}

function withAddress(text: string, host: string): string {
  return text.replaceAll(ADDRESS, (address) => (address.startsWith("http") ? `http://${host}` : host));
}

/** The commands of the text that `npm start` prints. */
export function bannerCommands(log: string): string[] {
  return [...log.matchAll(/^ {2}((?:docker|skopeo|curl) .+)$/gm)].map(([, command = ""]) => command);
}
