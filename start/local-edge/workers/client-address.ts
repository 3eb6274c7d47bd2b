import {
  formatIpAddress,
  type IpAddress,
  type IpNetwork,
  isInNetwork,
  parseIpAddress,
} from "../../../protocol/ip-network.ts";

/** A port behind an address, and the brackets around an IPv6 address. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/;

/**
 * The address of the client. `peer` is the other end of the connection, with its port. Its word for another address
 * (`X-Forwarded-For`) counts if it is a trusted proxy. Each proxy adds the address that it sees at the end, so the client
 * is the last one that is no trusted proxy. What stands before is the client's own word. Undefined if there is no peer.
 */
export function clientAddress(
  peer: unknown,
  forwardedFor: string | null,
  proxies: readonly IpNetwork[],
): string | undefined {
  let client = typeof peer === "string" ? addressIn(peer) : undefined;
  const isProxy = (address: IpAddress) => proxies.some((network) => isInNetwork(address, network));
  const told = (forwardedFor ?? "").split(",");
  while (client !== undefined && isProxy(client)) {
    const next = addressIn(told.pop()?.trim() ?? "");
    if (next === undefined) break;
    client = next;
  }
  return client === undefined ? undefined : formatIpAddress(client);
}

function addressIn(text: string): IpAddress | undefined {
  const [, bracketed, plain] = WITH_PORT.exec(text) ?? [];
  return parseIpAddress(bracketed ?? plain ?? text);
}
