/**
 * Programs look up names of users, groups and hosts with these files. They hold the accounts of nixpkgs' `fakeNss`, and
 * the group `nogroup` of Debian.
 */
export const ACCOUNT_FILES: Readonly<Record<string, string>> = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/var/empty:/bin/sh\n",
  "etc/group": "root:x:0:\nnogroup:x:65534:\nnobody:x:65534:\n",
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nprotocols: files\nservices: files\n",
};
