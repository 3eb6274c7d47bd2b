/**
 * Tells by the rules of `run_worker_first` whether the Worker answers a path. `*` stands for any text. A rule that
 * begins with `!` excludes paths. All other paths are static assets.
 * https://developers.cloudflare.com/workers/static-assets/routing/worker-script/
 */
export function isWorkerPath(rules: readonly string[], path: string): boolean {
  const excluded = rules.filter((rule) => rule.startsWith("!")).map((rule) => rule.slice(1));
  return matchesAny(rules, path) && !matchesAny(excluded, path);
}

function matchesAny(rules: readonly string[], path: string): boolean {
  return rules.some((rule) => pattern(rule).test(path));
}

/** The special characters of regular expressions, except `*`. */
const SYNTAX_CHARACTERS = /[\\^$.+?()[\]{}|]/g;

const patterns = new Map<string, RegExp>();

/** Each rule is compiled once, because every request needs it. */
function pattern(rule: string): RegExp {
  const known = patterns.get(rule);
  if (known) return known;
  const made = new RegExp(`^${rule.replaceAll(SYNTAX_CHARACTERS, "\\$&").replaceAll("*", ".*")}$`);
  patterns.set(rule, made);
  return made;
}
