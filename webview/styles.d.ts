/** Style sheets are imported for esbuild alone, which gathers them into one file a panel. */
declare module '*.css';
