import { defineConfig } from 'vite';
import { compressed } from './compressed.js';

export default defineConfig({
  base: '/board/',
  plugins: [compressed()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The first that have `light-dark()`.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // The page may load no data: URLs of scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Directives for servers that render React mean nothing here.
      onwarn: (warning, tell) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') tell(warning);
      },
    },
  },
  server: {
    // `npx vite apps/gateway/web` beside a gateway that runs on its default port.
    proxy: { '/v1': 'http://127.0.0.1:8080' },
  },
});
