/** What the benchmark can ask of the process that runs the product. */
const COMMANDS = ["stop origin", "start origin", "renew edge", "renew edge, debug", "renew edge, no assembly"] as const;

export type Command = (typeof COMMANDS)[number];

export function isCommand(value: unknown): value is Command {
  return COMMANDS.some((command) => command === value);
}
