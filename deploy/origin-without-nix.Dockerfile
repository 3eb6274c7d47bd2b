# An origin that builds nothing. docs/scaling.md says what it can do, and how to run it.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends binutils bzip2
WORKDIR /image/cornice
COPY package.json package-lock.json ./
# The origin imports none of these packages. A test compares this list with the imports.
RUN npm pkg delete \
  dependencies.@dagrejs/dagre \
  dependencies.d3-hierarchy \
  dependencies.esbuild \
  dependencies.marked \
  dependencies.miniflare \
  dependencies.preact \
  dependencies.wrangler
# NODE_LIBLZMA: see bin/setup.
RUN NODE_LIBLZMA=wasm npm install --omit=dev --no-audit --no-fund
# The Node.js that Cornice is tested with. Its symbols take 18 MB.
RUN mkdir -p /image/usr/local/bin && \
  strip -o /image/usr/local/bin/node node_modules/node/bin/node && \
  rm -r node_modules/node
# Node.js loads none of these files: types, modules for bundlers, and native code for the runtime Bare.
RUN find node_modules \( -path '*/dist-es/*' -o -path '*/bare-*/prebuilds/*' -o -name '*.d.ts' -o -name '*.map' \) \
  -type f -delete
# Old binary caches have archives that only this program reads.
RUN cp --parents --dereference /usr/bin/bzip2 /usr/lib/*-linux-gnu/libbz2.so.1.0 /image
RUN mkdir /spool

FROM ${BASE_IMAGE}
COPY --from=build /image /
COPY image /cornice/image
COPY origin /cornice/origin
COPY protocol /cornice/protocol
# The only folder that the origin writes to. 65532 is the ordinary user of the base image.
COPY --from=build --chown=65532:65532 /spool /var/cache/cornice
ENV CORNICE_ORIGIN_HOST=0.0.0.0 \
  MALLOC_ARENA_MAX=2 \
  CORNICE_SPOOL_DIR=/var/cache/cornice/spool \
  CORNICE_SOURCES_DIR=/var/cache/cornice/sources \
  NODE_COMPILE_CACHE=/var/cache/cornice/compiled \
  TMPDIR=/var/cache/cornice
USER 65532:65532
EXPOSE 8788
CMD ["/usr/local/bin/node", "--max-semi-space-size=2", "/cornice/origin/service/main.ts"]
