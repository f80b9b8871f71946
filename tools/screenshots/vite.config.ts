// How the page is built: into the project's cache, with the icons of Grafana's components beside it.
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const out = here('../../.cache/screenshots/page');

export default defineConfig({
  base: './',
  logLevel: 'error',
  define: { 'process.env.NODE_ENV': '"production"' },
  esbuild: { jsx: 'automatic' },
  build: { outDir: out, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 50_000, minify: false, reportCompressedSize: false },
  plugins: [
    {
      name: 'icons',
      closeBundle: () =>
        cpSync(here('node_modules/@grafana/ui/dist/public/img'), `${out}/public/build/img`, { recursive: true }),
    },
  ],
});
