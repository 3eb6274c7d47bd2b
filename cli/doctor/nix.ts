import type { Isolation } from "../../origin/isolation/isolation.ts";
import { findNixFolder } from "../../origin/isolation/programs.ts";
import { createNixNeed } from "../../origin/nix/nix-need.ts";
import { NixTooOld } from "../../origin/nix/nix-too-old.ts";
import { withIsolation } from "../../origin/service/builder-isolation.ts";
import type { BuilderConfig } from "../../origin/service/config.ts";
import type { Environment } from "../../origin/system/settings.ts";
import { errorText, type Finding, ok, problem, warning } from "./finding.ts";

const INSTALL = "install Nix, or give the origin binary caches that have every package: docs/deploy.md";

/** Nix, its version, and what keeps builds apart from the origin. */
export async function checkNix(config: BuilderConfig, env: Environment): Promise<readonly Finding[]> {
  const { nix } = config;
  if ((await findNixFolder(env["PATH"] ?? "", nix.nixBin)) === undefined)
    return [warning("nix", "there is no Nix here: only what binary caches have can be served", INSTALL)];
  try {
    return await withIsolation(config, env, async (isolation) => [
      await versionFinding(config, isolation),
      ...(await isolationFindings(isolation)),
    ]);
  } catch (error) {
    return [problem("nix", errorText(error), INSTALL)];
  }
}

async function versionFinding({ source }: BuilderConfig, isolation: Isolation): Promise<Finding> {
  const { text } = await isolation.nixVersion();
  const path = source.kind === "path" ? source.path : undefined;
  try {
    await createNixNeed({ isolation, path, onChange: () => {} }).check();
    return ok("nix", `Nix ${text}`);
  } catch (error) {
    if (!(error instanceof NixTooOld)) throw error;
    return problem("nix", error.message, "install a newer Nix: docs/nixpkgs.md");
  }
}

async function isolationFindings(isolation: Isolation): Promise<readonly Finding[]> {
  const { summary, gaps } = await isolation.report();
  if (gaps.length === 0) return [ok("isolation", summary)];
  return gaps.map((gap) => warning("isolation", gap, "docs/security.md says what each part protects"));
}
