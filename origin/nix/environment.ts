import type { Environment } from "../system/settings.ts";

/** Nix and git get these variables of our environment, and no others. */
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

/** The environment for Nix and git: no secrets. */
export function nixEnvironment(env: Environment): Record<string, string> {
  const result: Record<string, string> = { PATH: env["PATH"] ?? "/usr/bin:/bin" };
  for (const name of PASSED_ON) {
    const value = env[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}
