// How the page is built: into the project's cache, with the icons and fonts of Grafana's components beside it.
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
  plugins: [{ name: 'icons and fonts', closeBundle: copy }],
});

// Where Grafana's components look for them.
function copy(): void {
  cpSync(here('node_modules/@grafana/ui/dist/public/img'), `${out}/public/build/img`, { recursive: true });
  for (const [name, weight] of [['Regular', 400], ['Medium', 500]]) {
    cpSync(here(`node_modules/@fontsource/inter/files/inter-latin-${weight}-normal.woff2`), `${out}/public/fonts/inter/Inter-${name}.woff2`);
  }
}
