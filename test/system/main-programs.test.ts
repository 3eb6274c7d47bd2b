import { afterAll, beforeAll, expect, it } from "vitest";
import MAIN_PROGRAMS from "./main-programs.json" with { type: "json" };
import { type RegistryAndEngine, startRegistryAndEngine } from "./registry-and-engine.ts";

/** Small attributes whose main programs come from the tables of `nix/starter/`, and not from a package's own `bin`. */
const HELPED =
  "automake bat bison cpio ctags fd figlet gawk gnuplot gnutar inetutils iptables lua lynx lzip mksh nano netcat " +
  "p7zip rlwrap toilet traceroute w3m which xz";
/** `CORNICE_ALL_PROGRAMS=true` starts the programs of all attributes. This downloads 1.5 GB and takes half an hour. */
const ALL = process.env["CORNICE_ALL_PROGRAMS"] === "true";
/** A name of an image has at most 255 characters. */
const MAX_NAME_LENGTH = 240;
const TIMEOUT_S = 60;

let started: RegistryAndEngine;

beforeAll(async () => {
  started = await startRegistryAndEngine();
});

afterAll(() => started.stop());

/** As many attributes for each image as its name holds: one large image is built sooner than many small ones. */
function perImage(attributes: readonly string[]): string[][] {
  const images: string[][] = [[]];
  for (const attribute of attributes) {
    const last = images.at(-1) ?? [];
    if ([...last, attribute].join("/").length <= MAX_NAME_LENGTH) last.push(attribute);
    else images.push([attribute]);
  }
  return images;
}

/** Prints each command that ends with an error, and the end of its output. */
function script(commands: readonly (readonly [attribute: string, command: string])[]): string {
  const start = (command: string) => `timeout ${TIMEOUT_S} bash -c ${quoted(command)} </dev/null >/tmp/output 2>&1`;
  const lines = commands.map(([attribute, command]) => {
    const title = quoted(`${attribute}: ${command}: `);
    return `${start(command)} || { printf %s ${title}; tail -c 300 /tmp/output; echo; }`;
  });
  return lines.join("\n");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

it.each(perImage(ALL ? Object.keys(MAIN_PROGRAMS) : HELPED.split(" ")))(
  "an image has the main programs of its packages: %s, …",
  async (...attributes) => {
    const image = `${started.registry.host}/shell/${attributes.join("/").toLowerCase()}`;
    await started.engine.docker("pull", "--quiet", image);
    const commands = Object.entries(MAIN_PROGRAMS)
      .filter(([attribute]) => attributes.includes(attribute))
      .flatMap(([attribute, all]) =>
        all.map((one) => [attribute, one.includes(" ") ? one : `${one} --version`] as const),
      );
    const options = ["--rm", "--network", "none", "--env", "HOME=/tmp"];
    expect(await started.engine.docker("run", ...options, image, "bash", "-c", script(commands))).toBe("");
  },
);
