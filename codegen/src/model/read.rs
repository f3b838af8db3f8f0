//! Reads the document into the model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Accessor, Api, List, Operation, Parameter, Path, Place, Property, Resource, Role, Struct, TypeRef, Verb, columns,
    enums, merge,
    schema::{Kind, Reader, described, home, reachable},
    sets,
};
use crate::{
    error::{Error, Result, token},
    names::{is_identifier, type_name},
    spec::{Document, ResourceInfo},
};

/// Where the form schema of a request body is, below the operation.
const FORM: &str = "/requestBody/content/application~1x-www-form-urlencoded";

impl<'a> Api<'a> {
    /// Finds resources, operations and types, and names everything.
    ///
    /// # Errors
    ///
    /// An operation that cannot be named or that no fragment holds; names that collide; types that share an `x-name` and
    /// differ; a schema that has no type in Rust.
    pub(crate) fn new(document: &'a Document) -> Result<Self> {
        check_paths(document)?;
        let (type_names, kinds) = type_names(document)?;
        let mut api = Self {
            document,
            resources: Vec::new(),
            structs: BTreeMap::new(),
            enums: BTreeMap::new(),
            scope: None,
            accessors: accessors(document),
            unmerged: Vec::new(),
            type_names,
        };
        let mut operations = Operations { document, type_names: &api.type_names, kinds: &kinds, structs: Vec::new() };
        let mut resources = Vec::new();
        for info in &document.resources {
            resources.push(operations.resource(info)?);
        }
        let operation_structs = operations.structs;
        api.scope = merge::pairs(document, &mut resources)?;
        let files = merge::counterparts(&resources);
        let component_structs = component_structs(document, &api.type_names, &kinds)?;
        let schemas: BTreeSet<&str> = api.type_names.values().map(String::as_str).collect();
        for operation_struct in &operation_structs {
            if schemas.contains(operation_struct.name.as_str()) {
                let (pointer, _) = operation_struct.pointer.split_at(operation_end(&operation_struct.pointer));
                return Err(document.error(pointer, format!("{} is a schema's name too", operation_struct.name)));
            }
        }
        api.enums = enums::read(document, &api.type_names, &kinds, &files)?;
        let all = component_structs.into_iter().chain(operation_structs);
        api.structs = merge::structs(document, all.collect(), &files)?;
        for owner in api.structs.values_mut() {
            for property in &mut owner.properties {
                if let TypeRef::List(item) = &property.ty
                    && let TypeRef::Enum(name) = &**item
                    && let Some(one) = api.enums.get(name)
                {
                    property.description = sets::linked(&property.description, one, &owner.name);
                }
            }
        }
        merge::modules(&resources)?;
        resources.sort_by(|a, b| a.module.cmp(&b.module).then(a.is_scoped.cmp(&b.is_scoped)));
        api.resources = resources;
        api.unmerged = merge::unmerged(&api);
        Ok(api)
    }
}

/// Where the pointer of an operation ends: `/paths/~1v1~1Things/post` of a longer one.
fn operation_end(pointer: &str) -> usize {
    pointer.match_indices('/').nth(3).map_or(pointer.len(), |(end, _)| end)
}

/// Every operation belongs to a resource, at a path that handles can walk.
fn check_paths(document: &Document) -> Result<()> {
    for (path, item) in document.members("/paths") {
        let pointer = format!("/paths/{}", token(path));
        if item["x-twilio"]["mountName"].as_str().is_some_and(|name| !is_identifier(name)) {
            return Err(document.error(format!("{pointer}/x-twilio/mountName"), "expected a name in Rust"));
        }
        if item["x-name"].as_str().is_some_and(|name| !is_identifier(name)) {
            return Err(document.error(format!("{pointer}/x-name"), "expected a name in Rust"));
        }
        columns::check(document, item, &pointer)?;
        for (method, _) in methods(item) {
            let pointer = format!("{pointer}/{method}");
            if Path::parse(path).is_none() {
                return Err(document.error(pointer, "a path begins with /v1/ and the name of a collection"));
            }
            let file = document.file_of(&pointer);
            if !document.resources.iter().any(|info| info.file == file) {
                return Err(Error::new(file, pointer, "an operation in a file without x-resource"));
            }
        }
    }
    Ok(())
}

/// The operations of a path item by method.
fn methods(item: &Value) -> impl Iterator<Item = (&String, &Value)> {
    item.as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with("x-"))
}

/// The vendor's accessor names by path.
fn accessors(document: &Document) -> BTreeMap<String, String> {
    let named = |(path, item): (&String, &Value)| {
        let name = item["x-twilio"]["mountName"].as_str()?;
        Some((Path::parse(path)?.blank(), name.to_owned()))
    };
    document.members("/paths").filter_map(named).collect()
}

/// Rust names of all schemas. Two schemas may share one only if both say so with an `x-name`.
fn type_names(document: &Document) -> Result<(BTreeMap<String, String>, BTreeMap<String, Kind>)> {
    let mut names = BTreeMap::new();
    let mut kinds = BTreeMap::new();
    let mut taken: BTreeMap<String, (&str, &Value)> = BTreeMap::new();
    for (schema_name, schema) in document.schemas() {
        let pointer = format!("/components/schemas/{}", token(schema_name));
        let name = schema["x-name"].as_str().map_or_else(|| type_name(schema_name), str::to_owned);
        if !is_identifier(&name) {
            return Err(document.error(format!("{pointer}/x-name"), format!("{name:?} is no name in Rust")));
        }
        let place = |other: &str| document.origin(&format!("/components/schemas/{}", token(other)));
        match taken.get(&name) {
            Some((other, first)) if schema.get("x-name").is_none() || first.get("x-name").is_none() => {
                let problem = format!(
                    "its name {name} is also that of {}; give one of them an x-name in the overlay",
                    place(other)
                );
                return Err(document.error(pointer, problem));
            }
            Some((other, first)) if schema.get("enum").is_some() != first.get("enum").is_some() => {
                let problem =
                    format!("it shares the x-name {name} with {}, and only one of them is an enum", place(other));
                return Err(document.error(pointer, problem));
            }
            Some(_) => {}
            None => _ = taken.insert(name.clone(), (schema_name, schema)),
        }
        kinds.insert(name.clone(), if schema.get("enum").is_some() { Kind::Enum } else { Kind::Struct });
        names.insert(schema_name.to_owned(), name);
    }
    Ok((names, kinds))
}

/// The type that a `$ref` stands for.
fn reference(names: &BTreeMap<String, String>, kinds: &BTreeMap<String, Kind>, schema: &Value) -> Option<TypeRef> {
    let name = names.get(schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")?)?;
    Some(match kinds.get(name) {
        Some(Kind::Enum) => TypeRef::Enum(name.clone()),
        _ => TypeRef::Struct(name.clone()),
    })
}

/// A struct for each schema of components that is an object and in use.
fn component_structs(
    document: &Document,
    names: &BTreeMap<String, String>,
    kinds: &BTreeMap<String, Kind>,
) -> Result<Vec<Struct>> {
    let used = reachable(document);
    let reader = Reader { document, reference: &|schema| reference(names, kinds, schema) };
    let mut structs = Vec::new();
    for (schema_name, schema) in document.schemas() {
        let pointer = format!("/components/schemas/{}", token(schema_name));
        if !used.contains(schema_name) && schema["x-shared"] != true {
            // The vendor's document has schemas without a use; those are in a file that is no resource.
            let file = document.file_of(&pointer);
            if file.starts_with("v1/") && !document.resources.iter().any(|info| info.file == file) {
                continue;
            }
            let problem = "nothing refers to this schema: remove it, or give it x-shared: true";
            return Err(document.error(pointer, problem));
        }
        if schema.get("enum").is_some() {
            continue;
        }
        if schema["type"].as_str().is_some_and(|ty| ty != "object") {
            let problem =
                format!("a schema of components is an object or has values, and this is a {}", schema["type"]);
            return Err(document.error(format!("{pointer}/type"), problem));
        }
        let name = names[schema_name].clone();
        let properties = reader.properties(schema, &pointer, &name)?;
        structs.push(Struct {
            role: Role::Model,
            description: described(document, schema, &pointer)?,
            accessors: accessors_of(document, schema, &properties, &pointer)?,
            properties,
            is_strict: schema["x-strict"] == true,
            home: home(document, schema, &pointer),
            schema: Some(schema_name.to_owned()),
            pointer,
            name,
        });
    }
    Ok(structs)
}

/// The methods that `x-accessors` describes, each of one or more lists of strings.
fn accessors_of(document: &Document, schema: &Value, properties: &[Property], pointer: &str) -> Result<Vec<Accessor>> {
    let mut accessors = Vec::new();
    for (name, content) in schema["x-accessors"].as_object().into_iter().flatten() {
        let fail = |problem| document.error(format!("{pointer}/x-accessors/{}", token(name)), problem);
        let is_list = |field: &str| {
            let property = properties.iter().find(|property| property.wire == field && !property.is_required);
            property.is_some_and(|property| match &property.ty {
                TypeRef::List(item) => matches!(**item, TypeRef::String | TypeRef::Enum(_) | TypeRef::Sid(_)),
                _ => false,
            })
        };
        let fields = content["fields"].as_array().into_iter().flatten().map(Value::as_str);
        let fields: Option<Vec<&str>> = fields.map(|field| field.filter(|field| is_list(field))).collect();
        let fields = fields.filter(|fields| !fields.is_empty());
        let fields = fields.ok_or_else(|| fail("its fields are optional lists of strings"))?;
        let description = content["description"].as_str().unwrap_or_default().trim();
        if description.is_empty() || !is_identifier(name) {
            return Err(fail("an accessor has a description and a name in Rust"));
        }
        accessors.push(Accessor {
            name: name.clone(),
            description: description.to_owned(),
            fields: fields.into_iter().map(crate::names::snake).collect(),
        });
    }
    Ok(accessors)
}

/// Reads the operations of the fragments, and the structs that they bring.
struct Operations<'a, 'n> {
    document: &'a Document,
    type_names: &'n BTreeMap<String, String>,
    kinds: &'n BTreeMap<String, Kind>,
    structs: Vec<Struct>,
}

impl<'a> Operations<'a, '_> {
    fn resource(&mut self, info: &'a ResourceInfo) -> Result<Resource<'a>> {
        let mut operations = Vec::new();
        for (path, item) in self.document.members("/paths") {
            for (method, value) in methods(item) {
                let pointer = format!("/paths/{}/{method}", token(path));
                if self.document.file_of(&pointer) == info.file {
                    let path = Path::parse(path).expect("the paths were checked");
                    operations.push(self.operation(path, item, method, value, pointer)?);
                }
            }
        }
        operations.sort_by_key(|operation| operation.verb);
        let Some(first) = operations.first() else {
            return Err(Error::new(&info.file, "/paths", "the resource has no operation"));
        };
        let collection = first.path.collection();
        if let Some(other) = operations.iter().find(|other| other.path.collection().text != collection.text) {
            let problem = format!("a fragment has one collection and its items, and {} is another", first.path.text);
            return Err(self.document.error(&other.pointer, problem));
        }
        let mut module = collection.module();
        if let (Some(place), Some(name)) = (module.last_mut(), &info.module) {
            name.clone_into(place);
        }
        if !module.iter().all(|name| is_identifier(name)) {
            let problem = format!("its module {} has no name in Rust", module.join("::"));
            return Err(Error::new(&info.file, "/x-resource", problem));
        }
        Ok(Resource { info, module, operations, is_scoped: false })
    }

    fn operation(
        &mut self,
        path: Path,
        item: &Value,
        method: &str,
        value: &Value,
        pointer: String,
    ) -> Result<Operation> {
        let document = self.document;
        let id = value["operationId"].as_str().unwrap_or_default();
        let Some(verb) = Verb::ALL.into_iter().find(|verb| id.starts_with(verb.name())) else {
            let problem = format!("{id} does not begin with Create, Fetch, Update, List or Delete");
            return Err(document.error(format!("{pointer}/operationId"), problem));
        };
        let own_stem = &id[verb.name().len()..];
        if own_stem.is_empty() || !is_identifier(id) {
            return Err(
                document.error(format!("{pointer}/operationId"), format!("{id:?} does not make a name in Rust"))
            );
        }
        let summary = value["summary"].as_str().unwrap_or_default();
        let parameters = self.parameters(value, &pointer)?;
        let in_path: Vec<&str> = path.parameters().collect();
        let declared = parameters.iter().filter(|parameter| parameter.place == Place::Path);
        let declared: Vec<&str> = declared.map(|parameter| parameter.property.wire.as_str()).collect();
        if in_path.iter().collect::<BTreeSet<_>>() != declared.iter().collect::<BTreeSet<_>>() {
            let problem = format!("the path has parameters {in_path:?}, the operation declares {declared:?}");
            return Err(document.error(format!("{pointer}/parameters"), problem));
        }
        let stem = item["x-name"].as_str().unwrap_or(own_stem).to_owned();
        let mut operation = Operation {
            id: id.to_owned(),
            name: format!("{}{stem}", verb.name()),
            verb,
            stem,
            is_renamed: item.get("x-name").is_some(),
            method: method.to_owned(),
            path,
            is_scoped: false,
            summary: summary.to_owned(),
            description: value["description"].as_str().unwrap_or_default().trim().to_owned(),
            parameters,
            body: None,
            form: Vec::new(),
            params: None,
            response: None,
            list: None,
            fields: Vec::new(),
            columns: Vec::new(),
            statuses: value["responses"].as_object().into_iter().flatten().map(|(status, _)| status.clone()).collect(),
            sample: sample(value),
            pointer,
        };
        self.add_body(&mut operation, value)?;
        self.add_params(&mut operation, value)?;
        self.add_response(&mut operation, value)?;
        let place = (operation.path_pointer(), operation.request_line());
        operation.columns = columns::read(document, item, (place.0, &place.1), &operation.fields)?;
        Ok(operation)
    }

    fn reader(&self, read: impl FnOnce(&Reader<'_>) -> Result<Vec<Property>>) -> Result<Vec<Property>> {
        let reference = |schema: &Value| reference(self.type_names, self.kinds, schema);
        read(&Reader { document: self.document, reference: &reference })
    }

    fn parameters(&self, value: &Value, pointer: &str) -> Result<Vec<Parameter>> {
        let mut parameters = Vec::new();
        for (i, parameter) in value["parameters"].as_array().into_iter().flatten().enumerate() {
            parameters.push(self.parameter(parameter, pointer, i)?);
        }
        Ok(parameters)
    }

    fn parameter(&self, parameter: &Value, operation: &str, i: usize) -> Result<Parameter> {
        let document = self.document;
        let own = format!("{operation}/parameters/{i}");
        let place = match parameter["in"].as_str() {
            Some("path") => Place::Path,
            Some("query") => Place::Query,
            _ => Place::Header,
        };
        let name = parameter["name"].as_str().unwrap_or_default();
        if !is_identifier(&crate::names::snake(name)) {
            return Err(document.error(format!("{own}/name"), format!("{name:?} does not make a name in Rust")));
        }
        let is_required = parameter["required"] == true;
        if place == Place::Path && !is_required {
            return Err(document.error(own, "a parameter in the path is required: true"));
        }
        if place == Place::Header && is_required {
            return Err(document.error(own, "a parameter in a header is optional"));
        }
        let schema = &parameter["schema"];
        let pointer = format!("{own}/schema");
        let mut described = schema.clone();
        let mut description = parameter["description"].as_str().unwrap_or_default().trim().to_owned();
        if let (Place::Query, Some(least), Some(most)) = (place, schema["minimum"].as_u64(), schema["maximum"].as_u64())
        {
            description.push_str(&format!(" {least} to {most}."));
        }
        described["description"] = description.into();
        let reference = |schema: &Value| reference(self.type_names, self.kinds, schema);
        let reader = Reader { document, reference: &reference };
        let ty = reader.type_ref(schema, &pointer, name)?;
        if place == Place::Header && matches!(ty, TypeRef::List(_) | TypeRef::Map | TypeRef::Object | TypeRef::Any) {
            return Err(document.error(pointer, "a parameter in a header is one string, number, boolean, SID or enum"));
        }
        let property = reader.property(name, &described, ty, is_required, &pointer)?;
        let names_sid = schema["x-sid"].as_str().map(|prefix| {
            let unknown = || {
                let known = document.sids.prefixes();
                document.error(format!("{pointer}/x-sid"), format!("{prefix:?} is not a prefix of x-sids: {known}"))
            };
            document.sids.for_prefix(prefix).cloned().ok_or_else(unknown)
        });
        let names_sid = names_sid.transpose()?;
        let example = schema["x-example"].as_str().map(str::to_owned);
        Ok(Parameter { place, names_sid, example, property, pointer: own })
    }

    fn add_body(&mut self, operation: &mut Operation, value: &Value) -> Result<()> {
        let Some(body) = value.get("requestBody") else { return Ok(()) };
        let pointer = format!("{}{FORM}/schema", operation.pointer);
        let schema = &body["content"]["application/x-www-form-urlencoded"]["schema"];
        let name = format!("{}Request", operation.name);
        let properties = self.reader(|reader| reader.properties(schema, &pointer, &name))?;
        let role = if operation.verb == Verb::Update { Role::Update } else { Role::Create };
        operation.form = properties.clone();
        self.add(operation, name.clone(), role, properties, pointer);
        operation.body = Some(name);
        Ok(())
    }

    fn add_params(&mut self, operation: &mut Operation, value: &Value) -> Result<()> {
        let properties: Vec<_> = operation.parameters(Place::Query).map(|p| p.property.clone()).collect();
        if properties.is_empty() {
            return Ok(());
        }
        let name = value["x-params-name"].as_str().map_or_else(|| format!("{}Params", operation.name), str::to_owned);
        let pointer = format!("{}/parameters", operation.pointer);
        if !is_identifier(&name) {
            return Err(self.document.error(format!("{}/x-params-name", operation.pointer), "expected a name in Rust"));
        }
        self.add(operation, name.clone(), Role::Params, properties, pointer);
        operation.params = Some(name);
        Ok(())
    }

    fn add(&mut self, operation: &Operation, name: String, role: Role, properties: Vec<Property>, pointer: String) {
        let description = match role {
            Role::Create => format!("Request body of `{}`.", operation.name),
            Role::Update => format!("Request body of `{}`; a field that is kept is not sent.", operation.name),
            Role::Params => format!("Query parameters of `{}`.", operation.name),
            Role::Model | Role::Page => format!("One page of the response to `{}`.", operation.name),
        };
        let home = self.document.file_of(&operation.pointer).to_owned();
        let home = home.starts_with("v1/").then_some(home);
        let is_strict = role == Role::Page;
        let (schema, accessors) = (None, Vec::new());
        self.structs.push(Struct { name, role, description, properties, is_strict, pointer, home, schema, accessors });
    }

    fn add_response(&mut self, operation: &mut Operation, value: &Value) -> Result<()> {
        let schema = self.response_schema(value, &operation.pointer)?;
        if operation.verb == Verb::List {
            return self.add_page(operation, schema);
        }
        let Some(schema) = schema else { return Ok(()) };
        match reference(self.type_names, self.kinds, schema) {
            Some(TypeRef::Struct(name)) => {
                operation.response = Some(name);
                operation.fields = self.property_names(schema);
            }
            _ => {
                let problem = "the response is not a schema of components";
                return Err(self.document.error(format!("{}/responses", operation.pointer), problem));
            }
        }
        Ok(())
    }

    /// The response to a list: its items and where the page is.
    fn add_page(&mut self, operation: &mut Operation, schema: Option<&Value>) -> Result<()> {
        let fail = |problem: &str| Err(self.document.error(&operation.pointer, problem));
        let pointer = format!("{}/responses", operation.pointer);
        let name = format!("{}Response", operation.name);
        let items =
            schema.and_then(|schema| schema["properties"].as_object()?.iter().find(|(name, _)| *name != "meta"));
        let (Some(schema), Some((key, items))) = (schema, items.filter(|(_, items)| items["items"].is_object())) else {
            return fail("the response to a list has no array of items beside meta");
        };
        if schema["properties"]["meta"].is_null() {
            return fail("the response to a list has no meta");
        }
        if schema["properties"].as_object().is_some_and(|members| members.len() != 2) {
            return fail("the response to a list has members beside its items and meta");
        }
        let sizes: Vec<_> = operation.parameters(Place::Query).filter(|p| p.property.wire == "PageSize").collect();
        let [size] = sizes.as_slice() else { return fail("a list has an optional parameter PageSize") };
        if size.property.is_required {
            return fail("a list has an optional parameter PageSize");
        }
        let largest_page = size.property.limits.maximum.unwrap_or(50);
        let mut schema = schema.clone();
        schema["required"] = serde_json::json!([key]);
        let properties = self.reader(|reader| reader.properties(&schema, &pointer, &name))?;
        let items = properties.iter().find(|property| property.wire == **key && items["type"] == "array");
        let Some((field, TypeRef::List(item))) = items.map(|items| (items.rust.clone(), items.ty.clone())) else {
            return fail("the response to a list has no array of items beside meta");
        };
        operation.fields = self.property_names(&schema["properties"][key]["items"]);
        operation.list = Some(List { field, wire: key.clone(), item: *item, largest_page });
        self.add(operation, name.clone(), Role::Page, properties, pointer);
        operation.response = Some(name);
        Ok(())
    }

    fn property_names(&self, schema: &Value) -> Vec<String> {
        let properties = self.document.resolve(schema)["properties"].as_object();
        properties.into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    /// Schema of the successful responses, which must agree where there are several.
    fn response_schema<'v>(&self, value: &'v Value, pointer: &str) -> Result<Option<&'v Value>> {
        let responses = value["responses"].as_object();
        let mut schemas = responses
            .into_iter()
            .flatten()
            .filter(|(status, _)| status.starts_with('2'))
            .map(|(_, response)| response.pointer("/content/application~1json/schema"));
        let Some(first) = schemas.next() else {
            return Err(self.document.error(format!("{pointer}/responses"), "there is no successful response"));
        };
        if schemas.any(|other| other != first) {
            let problem = "the successful responses have different schemas";
            return Err(self.document.error(format!("{pointer}/responses"), problem));
        }
        Ok(first)
    }
}

/// The first sample of an operation's request body.
fn sample(value: &Value) -> serde_json::Map<String, Value> {
    let samples = value.pointer(&format!("{FORM}/examples")).and_then(Value::as_object);
    let first = samples.and_then(|samples| samples.values().next());
    first.and_then(|sample| sample["value"].as_object()).cloned().unwrap_or_default()
}
