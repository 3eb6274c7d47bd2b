/** Shells and systemd take these characters as they are. */
const PLAIN = /^[\w%+,./:=@-]*$/;
/** Within double quotes, a backslash takes their meaning away. */
const SPECIAL = /["$\\`]/g;

/**
 * A file of settings, for a shell (`. FILE`) and for systemd (`EnvironmentFile=`), which read quotes alike:
 * https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#EnvironmentFile=
 */
export function environmentFile(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join("");
}

function quoted(value: string): string {
  return PLAIN.test(value) ? value : `"${value.replaceAll(SPECIAL, String.raw`\$&`)}"`;
}
