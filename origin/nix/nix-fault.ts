import { OciError } from "../../protocol/oci-error.ts";

/** Nix itself does not work on this machine. No client and no package is to blame. */
export class NixFault extends OciError {
  /** One line for the operator: what is missing, how to get it, and Nix's words. It may name paths of this machine. */
  readonly advice: string;

  constructor(advice: string, cause?: unknown) {
    super("UNAVAILABLE", "Nix does not work on the machine that builds; its operator finds the reason in the log", {
      cause,
    });
    this.advice = advice;
  }
}

const INSTALL_NIX =
  "root needs Nix alone (Debian: apt-get install nix-bin); another user needs Nix for several users, with its daemon " +
  "(Debian: apt-get install nix-setup-systemd, then adduser USER nix-users; elsewhere: https://nixos.org/download)";

const FAULTS: readonly [words: RegExp, advice: string][] = [
  [
    // Debian 13's Nix shows this shell to builders, and does not depend on its package.
    /'\/usr\/bin\/bash-static': No such file/,
    "Nix's sandbox needs a shell that is missing: install it (Debian: apt-get install bash-static)",
  ],
  [
    /^cannot connect to (?:daemon|socket)|^Can't find source path \/nix\b|^getting status of '?\/nix\/var|unexpected (?:EOF|end-of-file)/,
    `Nix's daemon does not answer, and this user may not write to the Nix store: ${INSTALL_NIX}`,
  ],
  [
    /'?\/nix(?:\/store|\/var\/[\w./-]*)?'?"?:? (?:to \d+: )?(?:Permission denied|Operation not permitted|Read-only file system)/,
    `this user may not write to the Nix store: ${INSTALL_NIX}`,
  ],
  [
    /required for sandboxing|cloning builder process|unable to (?:fork|start build process)|setting up a private mount namespace/,
    "this kernel denies Nix's sandbox: allow it to make namespaces, or set CORNICE_NIX_SANDBOX=false (docs/security.md)",
  ],
];

/** The advice for the operator if Nix itself does not work. Undefined if the reason is another one. */
export function adviceForFault(reason: string): string | undefined {
  const advice = FAULTS.find(([words]) => words.test(reason))?.[1];
  return advice && `${advice}; Nix says: ${reason.split("\n", 1)[0]}`;
}
