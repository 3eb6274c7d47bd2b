import { compareText } from "../../protocol/compare-text.ts";
import { accountNumber } from "./account-numbers.ts";
import type { DeclaredLine } from "./declared-lines.ts";
import type { Clash } from "./forest.ts";
import { type DeclaredGroup, type DeclaredMember, type DeclaredUser, parseSysusersLine } from "./sysusers.ts";

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export interface DeclaredAccounts {
  readonly users: readonly User[];
  readonly groups: readonly Group[];
  readonly clashes: readonly Clash[];
  /** Lines that look like a declaration, but are malformed. */
  readonly ignored: readonly DeclaredLine[];
}

const NOBODY = 65_534;

/** All images have the accounts of nixpkgs' `fakeNss`, and the group `nogroup` of Debian. */
const USERS: readonly User[] = [
  { name: "root", uid: 0, gid: 0, comment: "root", home: "/root", shell: "/bin/sh" },
  { name: "nobody", uid: NOBODY, gid: NOBODY, comment: "nobody", home: "/var/empty", shell: "/bin/sh" },
];
const GROUPS: readonly Omit<Group, "members">[] = [
  { name: "root", gid: 0 },
  { name: "nogroup", gid: NOBODY },
  { name: "nobody", gid: NOBODY },
];

/** A declaration with the package that makes it. */
interface Declared<Account> {
  readonly root: string;
  readonly account: Account;
}

/**
 * The accounts of all images, then those that packages declare, by name. The first declaration of a name wins. A
 * different one is a clash. A number that another account has is not given again.
 */
export function declaredAccounts(lines: readonly DeclaredLine[]): DeclaredAccounts {
  const declared = parseLines(lines);
  const users = firstOfEach(declared.users, USERS, "etc/passwd");
  const groups = firstOfEach(declared.groups, GROUPS, "etc/group");
  const numbers = new Numbers();
  const gids = numberGroups(groups.accounts, users.accounts, numbers);
  const added = users.accounts.map((user) => withNumbers(user, gids, numbers));
  const members = membersOf(declared.members, added);
  const known = [...GROUPS, ...Array.from(gids, ([name, gid]) => ({ name, gid }))];
  return {
    users: [...USERS, ...added],
    groups: known.map(({ name, gid }) => ({ name, gid, members: members.get(name) ?? [] })),
    clashes: [...users.clashes, ...groups.clashes],
    ignored: declared.ignored,
  };
}

function parseLines(lines: readonly DeclaredLine[]) {
  const users: Declared<DeclaredUser>[] = [];
  const groups: Declared<DeclaredGroup>[] = [];
  const members: DeclaredMember[] = [];
  const ignored: DeclaredLine[] = [];
  for (const line of lines) {
    const account = parseSysusersLine(line);
    if (account === "malformed") ignored.push(line);
    else if (account?.kind === "user") users.push({ root: line.root, account });
    else if (account?.kind === "group") groups.push({ root: line.root, account });
    else if (account) members.push(account);
  }
  return { users, groups, members, ignored };
}

interface FirstOfEach<Account> {
  /** By name. */
  readonly accounts: readonly Account[];
  readonly clashes: readonly Clash[];
}

/** Leaves out the accounts that all images have: a package cannot change them. `path`: the file of the accounts. */
function firstOfEach<Account extends DeclaredUser | DeclaredGroup>(
  declared: readonly Declared<Account>[],
  own: readonly { readonly name: string }[],
  path: string,
): FirstOfEach<Account> {
  const first = new Map<string, Declared<Account>>();
  const clashes: Clash[] = [];
  for (const { root, account } of declared) {
    const { name } = account;
    const winner = first.get(name);
    if (own.some((other) => other.name === name)) continue;
    if (!winner) first.set(name, { root, account });
    else if (JSON.stringify(winner.account) !== JSON.stringify(account))
      clashes.push({ path, winner: `${name} of ${winner.root}`, loser: `${name} of ${root}` });
  }
  const accounts = Array.from(first.values(), ({ account }) => account);
  return { accounts: accounts.toSorted((a, b) => compareText(a.name, b.name)), clashes };
}

/** The numbers in use. Users and groups share them, so that a user and the group of the same name can have one. */
class Numbers {
  readonly #taken = new Set([...USERS.map(({ uid }) => uid), ...GROUPS.map(({ gid }) => gid)]);

  /** The wanted number if it is free, else a number that follows from the name. Nobody's number if all are taken. */
  take(name: string, wanted: number | undefined): number {
    const isFree = wanted !== undefined && !this.#taken.has(wanted);
    const id = isFree ? wanted : (accountNumber(name, (candidate) => this.#taken.has(candidate)) ?? NOBODY);
    this.#taken.add(id);
    return id;
  }
}

/** Each user without another primary group has a group of the same name. Wanted numbers are given first. */
function numberGroups(
  groups: readonly DeclaredGroup[],
  users: readonly DeclaredUser[],
  numbers: Numbers,
): Map<string, number> {
  const wanted = new Map(groups.map(({ name, id }) => [name, id]));
  for (const { name, id, group } of users) {
    if (group === undefined && wanted.get(name) === undefined) wanted.set(name, id);
  }
  const sorted = [...wanted].toSorted(
    ([a, first], [b, second]) => Number(first === undefined) - Number(second === undefined) || compareText(a, b),
  );
  const numbered = sorted.map(([name, id]): [string, number] => [name, numbers.take(name, id)]);
  return new Map(numbered.toSorted(([a], [b]) => compareText(a, b)));
}

function withNumbers(user: DeclaredUser, gids: ReadonlyMap<string, number>, numbers: Numbers): User {
  const { name, id, group, comment, home, shell } = user;
  const own = gids.get(name);
  const uid = own !== undefined && (id === undefined || id === own) ? own : numbers.take(name, id);
  const gid = typeof group === "number" ? group : (gids.get(group ?? name) ?? ownGroup(group) ?? uid);
  return { name, uid, gid, comment, home, shell };
}

function ownGroup(name: string | undefined): number | undefined {
  return GROUPS.find((group) => group.name === name)?.gid;
}

/** The members of each group, by name. A member must be a user of the image. */
function membersOf(declared: readonly DeclaredMember[], users: readonly User[]): Map<string, string[]> {
  const known = new Set(users.map(({ name }) => name));
  const members = new Map<string, Set<string>>();
  for (const { name, group } of declared) {
    if (known.has(name)) members.set(group, (members.get(group) ?? new Set()).add(name));
  }
  return new Map(Array.from(members, ([group, names]) => [group, [...names].toSorted(compareText)]));
}
