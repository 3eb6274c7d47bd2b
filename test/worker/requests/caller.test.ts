import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import { pull } from "../client.ts";
import { makeImage, storeInR2 } from "../images.ts";
import { originCalls, scriptOrigin, succeed } from "../origin.ts";

afterEach(() => reset());

/** For which client the origin is told to build what a client with this address pulls. */
async function clientOf(name: string, address: string | undefined): Promise<string | undefined> {
  const image = await makeImage(name);
  await storeInR2(image);
  await scriptOrigin(name, succeed(image));
  await pull(`/v2/${name}/manifests/latest`, { headers: address === undefined ? {} : { "CF-Connecting-IP": address } });
  return (await originCalls(name))[0]?.client;
}

describe("the call to the origin tells for which client a build is begun", () => {
  test("without telling the address", async () => {
    const client = await clientOf("one", "192.0.2.1");
    expect(client).toMatch(/^[0-9a-f]{16}$/);
    expect(await clientOf("two", "192.0.2.1")).toBe(client);
    expect(await clientOf("three", "192.0.2.2")).not.toBe(client);
  });

  test("an IPv6 network being one client", async () => {
    expect(await clientOf("four", "2001:db8::1")).toBe(await clientOf("five", "2001:db8::2"));
  });

  test("and nothing where the client has no address of its own", async () => {
    expect(await clientOf("six", undefined)).toBeUndefined();
    expect(await clientOf("seven", "127.0.0.1")).toBeUndefined();
  });
});
