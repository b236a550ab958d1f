// Writes src/api/schema.d.ts from the interface description of the web application itself.
// Needs the Python environment of the checkout (../../.venv) or KB_PYTHON; no running server.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const root = new URL('../../../', import.meta.url).pathname;
const python = process.env.KB_PYTHON ?? `${root}.venv/bin/python`;
const program = `
import json, tempfile
from pathlib import Path
from kb.bootstrap import Application
from kb.settings import Settings
from web.app import create_app
with tempfile.TemporaryDirectory() as folder:
    app = create_app(Application(Settings(data=Path(folder))))
    print(json.dumps(app.openapi(), ensure_ascii=False))
`;
const schema = execFileSync(python, ['-c', program], { cwd: root, encoding: 'utf8' });
const target = new URL('../src/api/schema.d.ts', import.meta.url);
writeFileSync(target, astToString(await openapiTS(JSON.parse(schema))));
