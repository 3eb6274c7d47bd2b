import { redactUrls } from "../system/redact.ts";

/** The address of a cache as people may see it: without credentials and parameters. */
export function shownAddress(cache: string): string {
  return redactUrls(decodedAddress(bareAddress(cache)));
}

/** The address of a cache without its parameters and its last slash. */
export function bareAddress(cache: string): string {
  return cache.replace(/\?.*$/, "").replace(/\/+$/, "");
}

/** Nix 2.34 writes `%3D` for `=` in addresses. Works on any text that holds addresses. */
export function decodedAddress(text: string): string {
  return text.replaceAll(/%[2-7][0-9A-F]/g, (code) => decodeURIComponent(code));
}
