import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import { pull } from "../client.ts";
import { makeImage, storeInR2 } from "../images.ts";
import { originCalls, scriptOrigin, succeed } from "../origin.ts";

afterEach(() => reset());

/** The client that the call to the origin names, for a pull from this address. */
async function clientOf(name: string, address: string | undefined): Promise<string | undefined> {
  const image = await makeImage(name);
  await storeInR2(image);
  await scriptOrigin(name, succeed(image));
  await pull(`/v2/${name}/manifests/latest`, { headers: address === undefined ? {} : { "CF-Connecting-IP": address } });
  return (await originCalls(name))[0]?.client;
}

describe("the call to the origin names the client that started the build", () => {
  test("without its address", async () => {
    const client = await clientOf("one", "192.0.2.1");
    expect(client).toMatch(/^[0-9a-f]{16}$/);
    expect(await clientOf("two", "192.0.2.1")).toBe(client);
    expect(await clientOf("three", "192.0.2.2")).not.toBe(client);
  });

  test("and an IPv6 network is one client", async () => {
    expect(await clientOf("four", "2001:db8::1")).toBe(await clientOf("five", "2001:db8::2"));
  });

  test("unless the client has no address of its own", async () => {
    expect(await clientOf("six", undefined)).toBeUndefined();
    expect(await clientOf("seven", "127.0.0.1")).toBeUndefined();
  });
});
