import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { parseJson } from "../../protocol/json-object.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { CommandError } from "../system/command.ts";
import { withSpoolFolder } from "../system/spool.ts";
import { evaluateRooted } from "./evaluate.ts";
import { type Expression, expressionFile } from "./expressions.ts";
import { createNixLog } from "./nix-log.ts";
import { adviceForFault, NixFault } from "./nix-fault.ts";
import { realise } from "./realise.ts";
import type { NixSettings } from "./settings.ts";
import { nixSystem } from "../../image/names/nix-system.ts";
import { hostArchitecture } from "./system.ts";

interface TryOptions {
  readonly isolation: Isolation;
  readonly nix: NixSettings;
  /** For a link to the result. */
  readonly spoolDirectory: string;
  readonly signal: AbortSignal;
}

const TRY_NIX: Expression = { file: "try-nix.nix", variables: ["salt", "sandbox"], imports: { rooted: "rooted.nix" } };

const FORCED_SANDBOX =
  "Nix's daemon here builds in its sandbox, but CORNICE_NIX_SANDBOX=false, because packages need programs of this machine " +
  '(the starter set does): set "sandbox = false" or "trusted-users = USER" in the nix.conf of the daemon, run as root, or ' +
  "choose another package source, such as CORNICE_CHANNEL=nixos-25.11";

/**
 * Evaluates and builds a small derivation, with the same isolation and settings as an image. Throws `NixFault` if Nix does
 * not work here.
 */
export async function tryNix({ isolation, nix, spoolDirectory, signal }: TryOptions): Promise<void> {
  const log = createNixLog({ now: Date.now, onEvent: () => {} });
  const onLog = (line: string) => log.read(line);
  try {
    await withSpoolFolder(spoolDirectory, (folder) =>
      isolation.withScratch(async (links) => {
        const derivation = await evaluate({ isolation, nix, signal, links, onLog });
        const options = { isolation, signal, gcRoot: join(folder, "result"), onLog };
        await realise([{ path: derivation, output: "out", expected: undefined }], options);
      }),
    );
  } catch (cause) {
    signal.throwIfAborted();
    throw new NixFault(adviceFor(log.reason(), cause, nix), cause);
  }
}

interface Trial extends Pick<TryOptions, "isolation" | "nix" | "signal"> {
  /** A folder for links. */
  readonly links: string;
  readonly onLog: (line: string) => void;
}

/** Returns the store path of a new derivation. */
async function evaluate({ isolation, nix, signal, links, onLog }: Trial): Promise<string> {
  const answer = await evaluateRooted({
    source: { kind: "path", location: dirname(expressionFile(TRY_NIX.file)), revision: "" },
    system: nixSystem(hostArchitecture()),
    nix,
    isolation,
    signal,
    expression: TRY_NIX,
    texts: { salt: randomUUID(), sandbox: String(nix.sandbox) },
    links,
    onLog,
  });
  const path = parseJson(answer);
  if (typeof path !== "string") throw new Error("the evaluation gave no derivation");
  return path;
}

function adviceFor(reason: string | undefined, cause: unknown, { sandbox }: NixSettings): string {
  if (reason === undefined) return `Nix cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
  const known = adviceForFault(reason);
  if (known !== undefined) return known;
  if (!sandbox && cause instanceof CommandError && reason.includes("cornice-try-nix")) return FORCED_SANDBOX;
  return `Nix cannot build here: ${reason}`;
}
