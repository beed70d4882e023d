/** Show the OpenAPI document for people. Text only: nothing of it is taken as HTML. */

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];
const byId = (id) => document.getElementById(id);

show();
byId('filter').addEventListener('input', filter);

async function show() {
  let answer;
  try {
    answer = await fetch('api/v1/openapi.json', { credentials: 'same-origin' });
  } catch {
    byId('about').textContent = 'The bridge does not answer.';
    return;
  }
  if (answer.status === 401) {
    window.location.replace('login');
    return;
  }
  const api = await answer.json();
  byId('title').textContent = `${api.info.title} ${api.info.version}`;
  byId('about').textContent = api.info.description;
  showRoutes(api);
  const schemas = Object.entries(api.components.schemas);
  byId('schemas').append(...schemas.map(([name, schema]) => fold(
    [make('code', name)], schemaTable('', schema), `schema-${name}`)));
}

function showRoutes(api) {
  const groups = new Map();
  for (const [path, operations] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((name) => operations[name])) {
      const operation = operations[method];
      const tag = operation.tags[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(route(method, path, operation));
    }
  }
  for (const [tag, routes] of groups) byId('routes').append(make('h2', tag), ...routes);
}

function route(method, path, operation) {
  const head = [make('code', method.toUpperCase(), 'method'), make('code', path), ' ',
    make('span', operation['x-role'] || 'open to all', 'soft'), ' – ', operation.summary];
  const body = make('div');
  if (operation.parameters.length) {
    body.append(table('Parameters', ['name', 'in', 'what', 'meaning'], operation.parameters.map(
      (one) => [one.name, one.in, kind(one.schema), one.description || ''])));
  }
  const taken = operation.requestBody?.content['application/json'].schema;
  if (taken) body.append(schemaTable('Body', taken));
  body.append(table('Answers', ['status', 'what'], Object.entries(operation.responses).map(
    ([status, response]) => [status, answerKind(response)])));
  return fold(head, body, operation.operationId);
}

function answerKind(response) {
  if (response.$ref) return 'Problem';
  const [type, content] = Object.entries(response.content || {})[0] || ['', {}];
  return content.schema ? kind(content.schema) : type || response.description;
}

function schemaTable(title, schema) {
  const required = new Set(schema.required || []);
  return table(title, ['name', 'what', 'meaning'], Object.entries(schema.properties || {}).map(
    ([name, one]) => [required.has(name) ? name : `${name} (optional)`, kind(one),
      one.description || '']));
}

function kind(schema) {
  if (schema.$ref) return schema.$ref.split('/').pop();
  if (schema.anyOf) return schema.anyOf.map(kind).join(' or ');
  if (schema.enum) return schema.enum.join(' | ');
  if (schema.type === 'array') return `list of ${kind(schema.items || {})}`;
  const limits = schema.minimum === undefined ? '' : ` ${schema.minimum} to ${schema.maximum}`;
  const usual = schema.default === undefined ? '' : ` (${schema.default})`;
  return `${schema.format || schema.type || 'anything'}${limits}${usual}`;
}

function fold(head, body, id) {
  const details = make('details');
  details.id = id;
  const summary = make('summary');
  summary.append(...head);
  const inner = body.tagName === 'DIV' ? body : make('div');
  if (inner !== body) inner.append(body);
  details.append(summary, inner);
  return details;
}

function table(title, heads, rows) {
  const made = make('table');
  if (title) made.append(make('caption', title));
  const head = make('tr');
  head.append(...heads.map((text) => make('th', text)));
  made.append(head, ...rows.map((cells) => {
    const row = make('tr');
    row.append(...cells.map((text, at) => (at === 0 ? cell(make('code', text)) : make('td', text))));
    return row;
  }));
  return made;
}

function cell(content) {
  const made = make('td');
  made.append(content);
  return made;
}

function make(tag, text = '', name = '') {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

function filter() {
  const wanted = byId('filter').value.toLowerCase();
  for (const details of document.querySelectorAll('details')) {
    details.hidden = !details.textContent.toLowerCase().includes(wanted);
  }
}
