import type { TagRecord } from "../../protocol/tag-record.ts";
import type { ImageInfo } from "../../protocol/web-api.ts";
import { CopyButton } from "../page/copy-button.tsx";
import { reference } from "../page/selection.ts";
import { Detail } from "./detail.tsx";

interface Props {
  readonly info: ImageInfo;
  readonly list: TagRecord;
}

/** The images of a list, each with its own page, and what the list lacks. */
export function ListDetails({ info, list }: Props) {
  const { name, tag, platforms } = info;
  return (
    <>
      <Detail title="Platforms">
        {platforms.map((platform, index) => (
          <span key={platform}>
            {index > 0 && ", "}
            <a href={`/images/${reference(`${platform}/${name}`, tag)}`}>linux/{platform}</a>
          </span>
        ))}
        <span class="soft"> a pull gets the one for its machine</span>
      </Detail>
      {(list.leftOut ?? []).map(({ architecture, reason }) => (
        <Detail key={architecture} title={`No ${architecture}`}>
          {reason}
        </Detail>
      ))}
      <Detail title="List">
        <code>{list.manifests.oci}</code> <CopyButton text={list.manifests.oci} what="the list's digest" />
      </Detail>
    </>
  );
}
