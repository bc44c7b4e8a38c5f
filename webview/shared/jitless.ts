import { config } from 'zod';

/** zod would otherwise try `new Function`, which the page's policy forbids and reports. Imported before any schema is made. */
config({ jitless: true });
