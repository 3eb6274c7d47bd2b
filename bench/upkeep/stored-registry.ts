import { Bucket, DAY } from "../../test/origin/garbage/bucket.ts";

/** The last of so many images are kept. */
const KEPT_SHARE = 0.5;
/** Older than `--keep-days` by default. */
const OLD_DAYS = 100;
/** As for an image of a dozen packages. Images share most layers. */
const [SHARED_LAYERS, OWN_LAYERS] = [24, 3];
/** Each shared layer is one of so many. */
const LAYERS = 2000;
/** Some images have bills. */
const IMAGES_PER_BILL = 4;
/** About how many objects an image has for itself. */
const OBJECTS_PER_IMAGE = 14.25;

/** A registry in memory with about so many objects: images, of which half are old, with all their records. */
export async function registryOf(objects: number, { hasBills = true } = {}): Promise<Bucket> {
  const bucket = new Bucket();
  const images = Math.ceil(objects / OBJECTS_PER_IMAGE);
  for (let count = 0; count < images; count += 1) {
    if (count === Math.floor(images * (1 - KEPT_SHARE))) bucket.pass(OLD_DAYS * DAY);
    const layers = [...shared(count), ...Array.from({ length: OWN_LAYERS }, (_, own) => `layer ${count} ${own}`)];
    const image = await bucket.image(`image-${count}`, { layers, paths: [`path-${count}`] });
    await bucket.tag(`image-${count}`, image);
    if (hasBills && count % IMAGES_PER_BILL === 0) await bucket.attach(image.oci);
  }
  bucket.pass(DAY);
  return bucket;
}

function shared(image: number): readonly string[] {
  return Array.from({ length: SHARED_LAYERS }, (_, place) => `shared ${(image * SHARED_LAYERS + place) % LAYERS}`);
}
