/**
 * wrangler's functions take their types from this package, which is not published. Without this declaration, the
 * configuration that they return has the type `any`. wrangler itself publishes the same types under other names.
 */
declare module "@cloudflare/workers-utils" {
  // oxlint-disable-next-line typescript/consistent-type-imports -- a file with an import would declare no new module
  export type Config = import("wrangler").Unstable_Config;
  // oxlint-disable-next-line typescript/consistent-type-imports -- likewise
  export type RawConfig = import("wrangler").Unstable_RawConfig;

  export function experimental_readRawConfig(options: { readonly config: string }): { readonly rawConfig: RawConfig };
}
