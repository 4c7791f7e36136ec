# The worker (and every other `outdial` command) as an image, without the tools of the build.
FROM node:22.21.1-bookworm-slim AS build
WORKDIR /srv/outdial
COPY package.json package-lock.json turbo.json tsconfig.json .npmrc ./
COPY apps ./apps
COPY packages ./packages
RUN npm ci && npx turbo run build && npm prune --omit=dev

# A callee for trials.
FROM debian:bookworm-slim AS sipp
RUN apt-get update && apt-get install -y --no-install-recommends sip-tester && rm -rf /var/lib/apt/lists/*

FROM node:22.21.1-bookworm-slim
ENV NODE_ENV=production
WORKDIR /srv/outdial
COPY --from=build --chown=node:node /srv/outdial ./
USER node
# By its own first line, which has options for Node.
ENTRYPOINT ["apps/cli/bin/outdial.js"]
CMD ["worker"]
