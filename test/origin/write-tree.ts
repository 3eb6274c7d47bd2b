import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file's text, a link's target, or a program's text. The name of an empty directory ends with a slash. */
export type TreeNode = string | { readonly link: string } | { readonly program: string };

/** Writes files by their paths below a directory, and returns the directory. */
export async function writeTree(directory: string, tree: Readonly<Record<string, TreeNode>>): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const [name, node] of Object.entries(tree)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    if (name.endsWith("/")) await mkdir(path, { recursive: true });
    else if (typeof node === "string") await writeFile(path, node);
    else if ("link" in node) await symlink(node.link, path);
    else await writeFile(path, node.program, { mode: 0o755 });
  }
  return directory;
}
