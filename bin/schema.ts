// `npm run schema`: writes the JSON Schemas by which editors complete and check policies.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaFiles } from '../core/policy/schema-json.ts';

const folder = join(import.meta.dirname, '../docs/schema');
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(schemaFiles())) {
  writeFileSync(join(folder, name), text);
  console.log(`docs/schema/${name}`);
}
