// What users of fhir-kit-client do, one flow a run: `node flows.js BASE FLOW` prints what came of it as JSON.
'use strict';

const Client = require('fhir-kit-client');

const CODE = { coding: [{ system: 'http://loinc.org', code: '29463-7' }] };
const NAMES = ['Ada', 'Bea', 'Cleo', 'Dora', 'Emmy'];

const person = (given, more = {}) => ({ resourceType: 'Patient', name: [{ family: 'Probe', given: [given] }], ...more });
const weight = (reference) => ({ resourceType: 'Observation', status: 'final', code: CODE, subject: { reference } });
const given = (bundle) => (bundle.entry || []).map((entry) => entry.resource.name[0].given[0]);
const types = (bundle) => bundle.entry.map((entry) => entry.resource.resourceType).sort();
const versions = (bundle) => bundle.entry.map((entry) => `${entry.request.method} ${entry.response.etag}`);
const answered = (bundle) => bundle.entry.map((entry) => entry.response.status);
const status = (result) => Client.httpFor(result).response.status;

const create = (client, body, options = {}) => client.create({ resourceType: body.resourceType, body, options });
const everybody = async (client) => {
  for (const name of NAMES) await create(client, person(name));
};

// A request that is refused rejects with { response: { status, data } }; one that is not is a mistake of ours.
const refused = (request) => request.then(
  (result) => { throw new Error(`taken, with ${status(result)}`); },
  ({ response: { status: code, data } }) => ({ status: code, says: data.resourceType, issue: data.issue[0].code }),
);

const flows = {
  async writesAndReads(client) {
    const made = await create(client, person('Ada', { birthDate: '1970-01-31' }));
    const { resourceType, id } = made;
    const read = await client.read({ resourceType, id });
    const changed = await client.update({ resourceType, id, body: { ...read, gender: 'female' } });
    const before = await client.vread({ resourceType, id, version: '1' });
    const deleted = await client.delete({ resourceType, id });
    return {
      statuses: [made, read, changed, before, deleted].map(status),
      location: Client.httpFor(made).response.headers.get('location'),
      etag: Client.httpFor(changed).response.headers.get('etag'),
      id,
      born: read.birthDate,
      genders: [before.gender || null, changed.gender],
      gone: await refused(client.read({ resourceType, id })),
    };
  },

  async tellsHistory(client) {
    const { id } = await create(client, person('Ada'));
    await client.update({ resourceType: 'Patient', id, body: person('Adele', { id }) });
    await create(client, weight(`Patient/${id}`));
    const whole = await client.history();
    return {
      one: versions(await client.history({ resourceType: 'Patient', id })),
      type: versions(await client.history({ resourceType: 'Patient' })),
      whole: [whole.type, types(whole)],
    };
  },

  async searches(client) {
    await everybody(client);
    const { id } = (await client.search({ resourceType: 'Patient', searchParams: { given: 'Ada' } })).entry[0].resource;
    await create(client, weight(`Patient/${id}`));
    const posted = { resourceType: 'Patient', searchParams: { family: 'Probe', given: 'Cleo' } };
    const including = { subject: `Patient/${id}`, _include: 'Observation:subject' };
    return {
      found: given(await client.search({ resourceType: 'Patient', searchParams: { family: 'Probe' } })),
      posted: given(await client.search({ ...posted, options: { postSearch: true } })),
      nobody: (await client.search({ resourceType: 'Patient', searchParams: { family: 'Nobody' } })).total,
      included: types(await client.search({ resourceType: 'Observation', searchParams: including })),
    };
  },

  async turnsPages(client) {
    await everybody(client);
    const first = await client.search({ resourceType: 'Patient', searchParams: { family: 'Probe', _count: 2 } });
    const second = await client.nextPage({ bundle: first });
    const third = await client.nextPage({ bundle: second });
    return {
      forth: [first, second, third].map(given),
      after: (await client.nextPage({ bundle: third })) || null,
      back: given(await client.prevPage({ bundle: third })),
      before: (await client.prevPage({ bundle: first })) || null,
    };
  },

  async asksWhatCanBeDone(client) {
    const statement = await client.capabilityStatement();
    const tool = new Client.CapabilityTool(statement);
    return {
      version: statement.fhirVersion,
      transaction: tool.serverCan('transaction'),
      patient: tool.interactionsFor({ resourceType: 'Patient' }),
      birthdate: tool.resourceSearch('Patient', 'birthdate'),
    };
  },

  async sendsManyAtOnce(client) {
    const fullUrl = 'urn:uuid:1c8b6a4e-51a3-4a0a-9a38-0d3f3c3f0001';
    const post = (resource, more = {}) => ({ resource, request: { method: 'POST', url: resource.resourceType }, ...more });
    const entry = [post(person('Ada'), { fullUrl }), post(weight(fullUrl))];
    const all = await client.transaction({ body: { resourceType: 'Bundle', type: 'transaction', entry } });
    const [filed] = (await client.search({ resourceType: 'Observation' })).entry;
    const mixed = [post(person('Bea')), post({ resourceType: 'Observation', code: CODE })];
    const some = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry: mixed } });
    return {
      transaction: [all.type, answered(all)],
      subject: (await client.resolve(filed.resource.subject)).name[0].given[0],
      batch: [some.type, answered(some)],
      nothing: await refused(client.transaction({ body: { resourceType: 'Bundle', type: 'transaction', entry: mixed } })),
      there: given(await client.search({ resourceType: 'Patient' })),
    };
  },

  async setsConditions(client) {
    const identifier = [{ system: 'urn:oid:2.999.1', value: 'A-1' }];
    const known = 'identifier=urn:oid:2.999.1|A-1';
    const once = { headers: { 'If-None-Exist': known } };
    const made = await create(client, person('Ada', { identifier }), once);
    const again = await create(client, person('Ada', { identifier }), once);
    const searchParams = { identifier: 'urn:oid:2.999.1|A-1' };
    const body = person('Adele', { identifier });
    const changed = await client.update({ resourceType: 'Patient', searchParams, body });
    const old = { headers: { 'If-Match': 'W/"1"' } };
    return {
      statuses: [made, again, changed].map(status),
      same: [again.id, changed.id].every((id) => id === made.id),
      stale: await refused(client.update({ resourceType: 'Patient', id: made.id, body: changed, options: old })),
      there: given(await client.search({ resourceType: 'Patient' })),
    };
  },

  async callsOperations(client) {
    const { id } = await create(client, person('Ada', { birthDate: '1970-01-31', gender: 'female' }));
    await create(client, weight(`Patient/${id}`));
    const input = {
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource: person('Ada', { birthDate: '1970-01-31', gender: 'female' }) }],
    };
    const all = { name: 'everything', resourceType: 'Patient', id, method: 'get' };
    return {
      everything: types(await client.operation(all)),
      match: given(await client.operation({ name: '$match', resourceType: 'Patient', input })),
    };
  },

  async hearsRefusals(client) {
    const { id } = await create(client, person('Ada'));
    const compartment = { resourceType: 'Patient', id };
    return {
      incomplete: await refused(create(client, { resourceType: 'Observation', code: CODE })),
      unknown: await refused(client.read({ resourceType: 'Patient', id: 'nobody' })),
      type: await refused(client.read({ resourceType: 'Spaceship', id: 'one' })),
      parameter: await refused(client.search({ resourceType: 'Patient', searchParams: { shoesize: '44' } })),
      compartment: await refused(client.search({ resourceType: 'Observation', compartment })),
      patch: await refused(client.patch({ resourceType: 'Patient', id, JSONPatch: [] })),
    };
  },
};

const [baseUrl, flow] = process.argv.slice(2);
flows[flow](new Client({ baseUrl })).then((result) => console.log(JSON.stringify(result)));
