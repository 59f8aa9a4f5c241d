# syntax=docker/dockerfile:1

# The native libSQL module needs glibc: Debian, not Alpine, and no single binary.
FROM oven/bun:1.4.4-slim AS dependencies
WORKDIR /app
COPY package.json bun.lock ./
# The peers of what it needs are type checkers and type declarations.
RUN bun install --frozen-lockfile --production --omit=peer

FROM oven/bun:1.4.4-slim
WORKDIR /app
ARG GIT_SHA=""
ARG BUILD_TIME=""
# Freed memory is given back to the system after 2 s instead of at once: under load it is needed again.
ENV MIMALLOC_PURGE_DELAY=2000 \
    NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATABASE_URL=file:/data/gramway.db \
    GIT_SHA=${GIT_SHA} \
    BUILD_TIME=${BUILD_TIME}
# A program of its own beside the service (GPL; Debian has its sources): takes covers from videos.
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*
COPY --from=dependencies /app/node_modules node_modules
COPY package.json tsconfig.json ./
COPY migrations migrations
COPY src src
# The user `bun` (1000) comes with the image. A volume mounted at /data takes over its owner.
RUN mkdir /data && chown bun:bun /data
VOLUME /data
USER bun
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 \
  CMD ["bun", "-e", "const { ok } = await fetch(`http://127.0.0.1:${process.env.PORT}/ready`); process.exit(ok ? 0 : 1)"]
# ENCRYPTION_KEYS and ADMIN_TOKEN come from outside; without them it does not start.
CMD ["bun", "src/main.ts"]
