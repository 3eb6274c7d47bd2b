import { S3Client } from "@aws-sdk/client-s3";
import type { R2Settings } from "./settings.ts";

const CONNECTION_TIMEOUT_MS = 10_000;
/** A request fails if no byte moves for this time. */
const SOCKET_TIMEOUT_MS = 60_000;
/** Connections stay open for the next request. They are enough for all uploads and look-ups of all builds. */
const CONNECTIONS = { keepAlive: true, maxSockets: 96 };

/** A client of the account's S3 endpoint. It neither hashes nor copies the bodies that are streams. */
export function createR2Client({ endpoint, accessKeyId, secretAccessKey }: R2Settings): S3Client {
  return new S3Client({
    endpoint,
    region: "auto",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    // R2 does not support the checksums that the SDK adds by default.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // R2 sends no `100 Continue`. With the header, each put of 2 MiB or more would wait six seconds for it.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      httpAgent: CONNECTIONS,
      httpsAgent: CONNECTIONS,
    },
  });
}
