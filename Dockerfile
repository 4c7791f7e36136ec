# The worker (and every other `outdial` command) as an image. Two stages: the build's tools stay behind.
FROM node:20-bookworm-slim AS build
WORKDIR /srv/outdial
COPY package.json package-lock.json turbo.json tsconfig.json .npmrc ./
COPY apps ./apps
COPY packages ./packages
RUN npm ci && npx turbo run build && npm prune --omit=dev

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /srv/outdial
COPY --from=build --chown=node:node /srv/outdial ./
USER node
ENTRYPOINT ["node", "apps/cli/bin/outdial.js"]
CMD ["worker"]
