import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { formatPasswordHash, hashPassword } from "../protocol/password-hash.ts";

const USAGE = `Usage: npm run password -- [--stdin] USER

Makes up a password and prints it with the user's entry for the Worker's secret USERS, a JSON object of all users.
With --stdin the password is the first line of the standard input.
`;

/** Bytes. Nobody can guess as many. They make 32 characters. */
const PASSWORD_BYTES = 24;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean" }, stdin: { type: "boolean" } },
});
const [user, ...more] = positionals;
if (values.help || !user || user.includes(":") || more.length > 0) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 1);
}

const [given = ""] = values.stdin ? (await text(process.stdin)).split(/\r?\n/, 1) : [];
const password = values.stdin ? given : randomBytes(PASSWORD_BYTES).toString("base64url");
if (password === "") throw new Error("the standard input has no password");
const users = JSON.stringify({ [user]: formatPasswordHash(await hashPassword(password)) });
if (!values.stdin) console.log(`password  ${password}`);
console.log(`USERS     ${users}`);
