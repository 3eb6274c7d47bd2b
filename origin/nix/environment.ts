import { delimiter } from "node:path";
import type { Environment } from "../settings.ts";

/** What Nix and git may see of our environment. Secrets stay out: evaluation can read variables. */
const PASSED_ON = [
  "HOME",
  "LANG",
  "NIX_REMOTE",
  "NIX_SSL_CERT_FILE",
  "SSH_AUTH_SOCK",
  "SSL_CERT_FILE",
  "TMPDIR",
  "USER",
  "all_proxy",
  "http_proxy",
  "https_proxy",
  "no_proxy",
] as const;

/** The environment for Nix and git, with `programs`, a folder, before the rest of PATH. */
export function nixEnvironment(env: Environment, programs: string): Record<string, string> {
  const result: Record<string, string> = { PATH: [programs, env["PATH"] ?? "/usr/bin:/bin"].join(delimiter) };
  for (const name of PASSED_ON) {
    const value = env[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}
