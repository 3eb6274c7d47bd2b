import { statfs } from "node:fs/promises";

/** See statfs(2). */
const OVERLAY_TYPE = 0x79_4c_76_30;

/** Whether a folder can hold overlays. A container has its files in an overlay, which cannot be above another one. */
export async function canHoldOverlays(directory: string): Promise<boolean> {
  return (await statfs(directory)).type !== OVERLAY_TYPE;
}
