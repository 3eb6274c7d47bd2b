final: prev:
{
  ripgreb = throw "'ripgreb' has been renamed to/replaced by 'git'"; # Added 2024-01-01
  oldgit = final.lib.warn "'oldgit' has been renamed to/replaced by 'git'" final.git;
  python2Packages = throw "python2Packages was removed, as Python 2 is end of life";
}
