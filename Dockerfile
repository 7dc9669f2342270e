# The image of vitals: the program, the shared libraries that it needs, and nothing else.
#
#   docker build -t vitals .
#   docker run --rm -p 8080:8080 -e DATABASE_URL -e REDIS_URL --read-only vitals

ARG BUILDER=swift:6.3-bookworm

FROM ${BUILDER} AS build

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      ca-certificates libpq-dev libhiredis-dev libssl-dev libyaml-dev zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /source

# The dependencies have a layer of their own, which changes of the source leave alone. Package.resolved is optional.
COPY Package.* ./
RUN swift package resolve

# SwiftPM wants the directories of all targets, those of the tests included; .dockerignore keeps the rest out.
COPY . .
RUN swift build --configuration release --static-swift-stdlib --product vitals

RUN scripts/image-root .build/release/vitals /root.d

FROM scratch

COPY --from=build /root.d/ /

# A number, so that orchestrators can tell that it is not root.
USER 65532:65532

EXPOSE 8080
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["/vitals", "probe"]

ENTRYPOINT ["/vitals"]
CMD ["serve"]
