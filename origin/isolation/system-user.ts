import { readFile } from "node:fs/promises";

import type { Owner } from "./isolation.ts";

/** A user of this machine. */
export interface SystemUser extends Owner {
  readonly name: string;
}

/** `/etc/passwd` and `/etc/group`: https://man7.org/linux/man-pages/man5/passwd.5.html */
const SEPARATOR = ":";

/** Finds a user by name. Undefined if there is no such user, and for root. */
export async function findUser(name: string): Promise<SystemUser | undefined> {
  const [, , uid = "", gid = ""] = (await findEntry("/etc/passwd", name)) ?? [];
  const user = { name, uid: Number(uid), gid: Number(gid) };
  return uid !== "" && user.uid > 0 && Number.isSafeInteger(user.gid) ? user : undefined;
}

/** Counts the members of a group. Undefined if there is no such group. */
export async function countMembers(group: string): Promise<number | undefined> {
  const entry = await findEntry("/etc/group", group);
  return entry && (entry[3] ?? "").split(",").filter((member) => member !== "").length;
}

async function findEntry(file: string, name: string): Promise<string[] | undefined> {
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n");
  return lines.map((line) => line.split(SEPARATOR)).find(([first]) => first === name);
}
