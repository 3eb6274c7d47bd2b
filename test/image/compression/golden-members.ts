import { bytesOf } from "../../../image/tar/byte-string.ts";

const MIB = 1_048_576;

/** Bytes of four kinds, the same on every machine. */
export const CONTENTS = {
  zeros: (size: number) => new Uint8Array(size),
  lines: (size: number) => {
    const lines = Array.from({ length: Math.ceil(size / 12) }, (_, index) => `line ${index} of ${index % 97}\n`);
    return bytesOf(lines.join("").slice(0, size));
  },
  noise: (size: number) => {
    let state = 1;
    return Uint8Array.from({ length: size }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    });
  },
  mixed: (size: number) => {
    const bytes = CONTENTS.lines(size);
    const middle = Math.floor(size / 3);
    bytes.set(CONTENTS.noise(middle), middle);
    return bytes;
  },
} as const;

/**
 * The digests of contents as members of gzip, by kind and size. The origin's compressor makes them, and the Worker's has
 * to make the same. If these must change, raise `FORMAT_VERSION`.
 */
export const GOLDEN_MEMBERS: readonly (readonly [keyof typeof CONTENTS, number, string])[] = [
  ["zeros", 1, "sha256:b2d9faa1c9587da97dee9cb5d78a90ec39543790a71d53dbead6e018b95658f9"],
  ["zeros", 1000, "sha256:4f29eca8856249a42d17a13d7add4a76041aa22d75411a027e99844b438f67c4"],
  ["zeros", 65_536, "sha256:16d3923d673457b059ebeb61ee37206b4c4fa89dd86d809566e85fb3240a005a"],
  ["zeros", MIB - 1, "sha256:4ec793458d4abfddb87df5e450f1d7aa523070af161195227a715ba047dac131"],
  ["zeros", MIB, "sha256:d9b4df95db0f3a4333def68344722574086b3be47ea6483b82d688b7d595fc36"],
  ["zeros", MIB + 1, "sha256:24b4e2db2b0ea68aed9fcf8b189fdf2ac28e869b349e1227b90b7b009b66137a"],
  ["zeros", 3 * MIB, "sha256:dac64adcbddfeb80bb417266a08a8971864aae59a7059ba9586848315e50db7f"],
  ["lines", 1, "sha256:c5444d2b132a1c74e6e13919b3725f2841afc4b1a87ef26f4a292914d912ba8f"],
  ["lines", 1000, "sha256:430f73c189b80cc38f2b5e7eac9ed1e5b03e3c730523edead2c31cb3d32911d5"],
  ["lines", 65_536, "sha256:f705444daf6125b03e2f5a1047243a9bce3401a694f5f0ede9cf000487cb4ec4"],
  ["lines", MIB - 1, "sha256:bf8b81c32bafcdcfdde0cc9a3adb9b57ffc5ec9075e6534877b71f6a259610fb"],
  ["lines", MIB, "sha256:7ffa2c9448fd9b36c8e5b2876525bd1fb05d5f7b7d1c52c76727cfdc718e9b15"],
  ["lines", MIB + 1, "sha256:5d0a65324f2e7ef9d09b73e9fbe2a58305b01f32a6ef2cdd5f642734b8828a4a"],
  ["lines", 3 * MIB, "sha256:f4480050326d0c26d2811ed1450aff494fe05d79067ba0cf4ed74052b4dc02f9"],
  ["noise", 1, "sha256:78ac91c8234ec03d6abfa3eed234b6ca8fa23f5f849b73766805a8ce61a6b1f9"],
  ["noise", 1000, "sha256:1301c919644df95612d54f29a15c24e30e9ec2892c1744dcc5ac45d127132b84"],
  ["noise", 65_536, "sha256:7e98b8ab4d670993cce120ba9fc51913c4479541d0847e49e4b6eda4b9701456"],
  ["noise", MIB - 1, "sha256:263f68e37e5f08e73c155ea119c4ca99b8cbe9a4cbb62d25d5352102aa0ddc4f"],
  ["noise", MIB, "sha256:7328d95c76e3365997cde21512e1a8728f58a264c9538054e0580193e9932906"],
  ["noise", MIB + 1, "sha256:9116077c501e2ce6cce00dbd63124b8c9a1c957fdf81c14696382839afefcd38"],
  ["noise", 3 * MIB, "sha256:56b80a485e90ea5b87bdf80bf02285002c5cf9bd4f6f7e4e53a863f682915963"],
  ["mixed", 1, "sha256:c5444d2b132a1c74e6e13919b3725f2841afc4b1a87ef26f4a292914d912ba8f"],
  ["mixed", 1000, "sha256:b2841aaeb4610a07261e7dcedbe9a589849d86ac027ad1e7d5d62b209ea52c90"],
  ["mixed", 65_536, "sha256:bf335e7b1ed8292bd43b6b71cd4e750632964a66937dd0138a5af75e4461d295"],
  ["mixed", MIB - 1, "sha256:ce069928e6eff076595197650f3fe9852b13f344c63ea94383faa366f781efb7"],
  ["mixed", MIB, "sha256:621ce2e10e6ab85806a7c63076da94547870945eaa244fa3d46f9f0854257211"],
  ["mixed", MIB + 1, "sha256:0a1f9e55bb518d1937c3ca099aac5ee7892d55d4beaa7d5ce14b706d1b59f5c6"],
  ["mixed", 3 * MIB, "sha256:56948c5898998f328a497f6e244cd328199e82c8b440dd85d30513419c6330fb"],
];

/** The member of no bytes, in hex. */
export const EMPTY_MEMBER = "1f8b08000000000000ff010000ffff0000000000000000";
