import { lutimes, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { createKeptClosures } from "../../../origin/disks/kept-closures.ts";
import { rejection, test, writeTree } from "../fixtures.ts";
import { recordedIsolation } from "../isolation/recorded-isolation.ts";

/** Makes the links that `nix-store --realise` makes. */
const NIX_STORE = `#!/bin/sh
link=$6
shift 7
number=1
for path; do
  if [ "$number" = 1 ]; then ln -sf "$path" "$link"; else ln -sf "$path" "$link-$number"; fi
  number=$((number + 1))
done
`;

const [GIT, BASH] = [
  "/nix/store/00000000000000000000000000000000-git",
  "/nix/store/11111111111111111111111111111111-bash",
];

async function setUp(directory: string, program = NIX_STORE) {
  await writeTree(join(directory, "bin"), { "nix-store": { program } });
  const { isolation, calls } = recordedIsolation({ PATH: `${directory}/bin:/usr/bin:/bin` });
  const folder = join(directory, "closures");
  const kept = createKeptClosures({ directory: folder, isolation, signal: new AbortController().signal });
  const links = () => readdir(folder);
  /** Makes the links older by some minutes. */
  const age = async (names: readonly string[], minutes: number) => {
    const then = new Date(Date.now() - 60_000 * minutes);
    for (const name of names) await lutimes(join(folder, name), then, then);
  };
  return { kept, calls, links, age, folder };
}

test("a closure is kept by a link to each of its roots", async ({ directory }) => {
  const { kept, links } = await setUp(directory);
  await kept.keep([GIT, BASH, GIT]);
  const names = await links();
  expect(names).toHaveLength(2);
  expect(names[1]).toBe(`${names[0]}-2`);
});

test("a closure without roots needs no link", async ({ directory }) => {
  const { kept, calls } = await setUp(directory);
  await kept.keep([]);
  expect(calls).toEqual([]);
});

test("a closure that is used again starts no process", async ({ directory }) => {
  const { kept, calls } = await setUp(directory);
  await kept.keep([GIT, BASH]);
  await kept.keep([BASH, GIT]);
  expect(calls).toHaveLength(1);
});

test("a failure of Nix is thrown", async ({ directory }) => {
  const { kept } = await setUp(directory, "#!/bin/sh\necho 'error: gone' >&2\nexit 1\n");
  expect(await rejection(kept.keep([GIT]))).toMatchObject({ message: "error: gone" });
});

describe("the closure that was used the longest time ago is forgotten first", () => {
  test("with all its links", async ({ directory }) => {
    const { kept, links, age } = await setUp(directory);
    await kept.keep([GIT, BASH]);
    await age(await links(), 5);
    await kept.keep([BASH]);
    expect(await kept.forgetOldest()).toBe(true);
    expect(await links()).toHaveLength(1);
  });

  test("unless it was used again", async ({ directory }) => {
    const { kept, links, age } = await setUp(directory);
    await kept.keep([GIT]);
    const git = await links();
    await kept.keep([BASH]);
    await age(await links(), 5);
    await kept.keep([GIT]);
    await kept.forgetOldest();
    expect(await links()).toEqual(git);
  });

  test("an eighth at a time", async ({ directory }) => {
    const { kept, links, folder } = await setUp(directory);
    await kept.keep([GIT]);
    for (let number = 1; number < 17; number += 1) await symlink(GIT, join(folder, String(number).padStart(32, "0")));
    expect(await kept.forgetOldest()).toBe(true);
    expect(await links()).toHaveLength(14);
  });

  test("until there is none", async ({ directory }) => {
    const { kept } = await setUp(directory);
    expect(await kept.forgetOldest()).toBe(false);
    await kept.keep([GIT]);
    expect(await kept.forgetOldest()).toBe(true);
    expect(await kept.forgetOldest()).toBe(false);
  });
});
