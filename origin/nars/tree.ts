/** A file. Its bytes are in another file, one file after the other. */
export interface FileNode {
  readonly kind: "file";
  readonly isExecutable: boolean;
  /** The place of the first byte. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

export interface LinkNode {
  readonly kind: "link";
  readonly target: string;
}

export interface FolderNode {
  readonly kind: "folder";
  readonly children: Map<string, TreeNode>;
}

export type TreeNode = FileNode | LinkNode | FolderNode;
