/** What the image of an origin with Nix needs of its container. docs/containers.md says what each is for. */
export const NIX_CAPABILITIES: readonly string[] = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "KILL",
  "NET_ADMIN",
  "SETGID",
  "SETUID",
  "SYS_ADMIN",
];

/** The protections of an engine that Nix's sandbox does not work with. */
export const NIX_UNCONFINED: readonly string[] = ["seccomp", "apparmor", "systempaths"];
