import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { API_BASE, type JsonSchema } from 'azuraforge-dbmodels/contract';
import type { Express, RequestHandler } from 'express';
import { contentSecurityPolicy } from 'helmet';

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>AzuraForge API</title>
    <link rel="icon" href="docs/favicon-32x32.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="docs"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });
`;

/** The API's description for programs (`openapi.json`) and for people (`docs`), all of it served from here. */
export function mountDocs(app: Express, document: JsonSchema): void {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
  app.get(`${API_BASE}/openapi.json`, (_request, response) => {
    response.json(document);
  });
  app.get(`${API_BASE}/docs`, relaxedPolicy(), (_request, response) => {
    response.type('html').send(PAGE);
  });
  app.get(`${API_BASE}/docs/start.js`, (_request, response) => {
    response.type('js').send(START);
  });
  for (const file of FILES) {
    app.get(`${API_BASE}/docs/${file}`, (_request, response) => {
      response.sendFile(join(folder, file));
    });
  }
}

/** The page loads its own scripts and styles; swagger-ui also sets style attributes and shows icons as data. */
function relaxedPolicy(): RequestHandler {
  return contentSecurityPolicy({
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  });
}
