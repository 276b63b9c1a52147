import { defineConfig } from 'vite';

export default defineConfig({
  // The page may lie in any folder of a server.
  base: './',
  build: { target: 'es2022', chunkSizeWarningLimit: 1000 },
});
